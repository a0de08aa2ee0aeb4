# The Lambda function's image: the FastAPI app and the Lambda Web Adapter, which speaks Lambda's protocol.
# Build it with `make build`. Each base is an ARG, so another version or a mirror needs no edit.
ARG PYTHON_IMAGE=public.ecr.aws/docker/library/python:3.13-slim
ARG ADAPTER_IMAGE=public.ecr.aws/awsguru/aws-lambda-adapter:1.1.0
ARG EMULATOR_IMAGE=public.ecr.aws/lambda/provided:al2023
# uv installs the locked packages and checks their hashes. It isn't in the image, so any version will do.
ARG UV_IMAGE=ghcr.io/astral-sh/uv:0.13.9

# Names for the bases, because COPY --from can't use an ARG.
FROM ${ADAPTER_IMAGE} AS adapter
FROM ${EMULATOR_IMAGE} AS emulator
FROM ${UV_IMAGE} AS uv

# A separate stage, so that neither uv nor its files are in the image.
FROM ${PYTHON_IMAGE} AS packages
COPY --from=uv /uv /usr/local/bin/
COPY requirements/lambda_app.txt .
# Compile now: Lambda's file system is read-only, so each cold start would compile every module again.
RUN uv pip install --no-cache --compile-bytecode --require-hashes --target /packages --requirements lambda_app.txt

FROM ${PYTHON_IMAGE} AS lambda
# Lambda starts every program in /opt/extensions. `docker run` doesn't, so there the app runs alone.
COPY --from=adapter /lambda-adapter /opt/extensions/
# Packages before the app: a change of the app rebuilds and pushes only the small layers below.
COPY --from=packages /packages /packages
ENV PYTHONPATH=/packages
# The official Python image has no bytecode of its standard library: importing once compiles what the app needs.
RUN python -c "import anyio._backends._asyncio, fastapi, uvicorn; uvicorn.Config(fastapi.FastAPI()).load()"
WORKDIR /app
# Readable by all, whatever the umask of the checkout: Lambda chooses the user that runs the image.
# No bytecode for the app: compiling two files takes milliseconds at the start, a RUN here takes a second per build.
# For a large app: RUN python -m compileall -q lambda_app
COPY --chmod=755 lambda_app lambda_app
# Ready means 200 from /healthz. By default a 404 would count. An app that isn't ready in time fails with a reason: Lambda
# gives it ten seconds to start. Adapters before 1.1 don't know that variable, and ask until Lambda ends them.
ENV AWS_LWA_PORT=8000 \
    AWS_LWA_READINESS_CHECK_PATH=/healthz \
    AWS_LWA_READINESS_CHECK_HEALTHY_STATUS=200-299 \
    AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS=9
LABEL org.opencontainers.image.title="FastAPI on AWS Lambda" \
      org.opencontainers.image.description="A FastAPI service behind the Lambda Web Adapter" \
      org.opencontainers.image.licenses="MIT"
# User nobody: what Lambda doesn't allow should fail here too. A number, for engines that check that it isn't root.
USER 65534:65534
EXPOSE 8000
# As a list, so that Python gets SIGTERM itself, without a shell in between.
CMD ["python", "-m", "lambda_app", "--host", "0.0.0.0"]

# The same image, run as on Lambda: AWS's emulator starts the adapter as an extension, and the app. It buffers, so for a
# streaming adapter the project's own Runtime API does this, with the uvicorn of the app.
FROM lambda AS local
COPY --from=emulator /usr/local/bin/aws-lambda-rie /usr/local/bin/
COPY --chmod=755 local_aws/__init__.py local_aws/
COPY --chmod=755 local_aws/runtime_api local_aws/runtime_api
EXPOSE 8080
ENTRYPOINT ["sh", "-c", "case $AWS_LWA_INVOKE_MODE in \
    response_stream | RESPONSE_STREAM) exec python -m local_aws.runtime_api \"$@\" ;; \
    *) exec aws-lambda-rie \"$@\" ;; esac", "--"]
# Setting ENTRYPOINT resets CMD, so it is repeated.
CMD ["python", "-m", "lambda_app", "--host", "0.0.0.0"]
