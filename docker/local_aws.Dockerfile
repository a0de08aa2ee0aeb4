# The local stand-in's image, for compose.yaml alone: its keys are no secrets, so nothing but this machine may reach it.
ARG PYTHON_IMAGE=public.ecr.aws/docker/library/python:3.13-slim
ARG UV_IMAGE=ghcr.io/astral-sh/uv:0.13.9

# A name for it, since COPY --from takes no ARG.
FROM ${UV_IMAGE} AS uv

FROM ${PYTHON_IMAGE} AS packages
COPY --from=uv /uv /usr/local/bin/
COPY requirements/local_aws.txt .
RUN uv pip install --no-cache --compile-bytecode --require-hashes --target /packages --requirements local_aws.txt

FROM ${PYTHON_IMAGE}
COPY --from=packages /packages /packages
ENV PYTHONPATH=/packages
WORKDIR /app
COPY --chmod=755 policies policies
COPY --chmod=755 local_aws local_aws
USER 65534:65534
EXPOSE 9000 9010
CMD ["python", "-m", "local_aws", "--host", "0.0.0.0", "--inspector-port", "9010"]
