# The Lambda function's image: the FastAPI app, and beside it the Lambda Web Adapter, which speaks Lambda's protocol.
# Build it with `make build`. Each base is an ARG, so that another version or a mirror needs no edit.
ARG PYTHON_IMAGE=public.ecr.aws/docker/library/python:3.13-slim
ARG ADAPTER_IMAGE=public.ecr.aws/awsguru/aws-lambda-adapter:1.1.0
ARG EMULATOR_IMAGE=public.ecr.aws/lambda/provided:al2023
# uv only fetches what the lock names and checks its hashes, and stays behind: any version does.
ARG UV_IMAGE=ghcr.io/astral-sh/uv:latest

# Names for them, since COPY --from takes no ARG.
FROM ${ADAPTER_IMAGE} AS adapter
FROM ${EMULATOR_IMAGE} AS emulator
FROM ${UV_IMAGE} AS uv

# A stage of its own: neither uv nor anything it leaves reaches the image.
FROM ${PYTHON_IMAGE} AS packages
COPY --from=uv /uv /usr/local/bin/
COPY requirements/lambda_app.txt .
# Bytecode now: on Lambda the file system is read-only, and each cold start would compile every module again.
RUN uv pip install --no-cache --compile-bytecode --require-hashes --target /packages --requirements lambda_app.txt

FROM ${PYTHON_IMAGE} AS lambda
# Lambda starts whatever stands in /opt/extensions; `docker run` doesn't, and the app answers alone.
COPY --from=adapter /lambda-adapter /opt/extensions/
# The packages before the app: a change of the app builds and pushes only the small layers after this.
COPY --from=packages /packages /packages
ENV PYTHONPATH=/packages
# The official Python ships its standard library without bytecode: to import is to compile what the app needs of it.
RUN python -c "import anyio._backends._asyncio, fastapi, uvicorn; uvicorn.Config(fastapi.FastAPI()).load()"
WORKDIR /app
# Readable by all, however strict the umask of the checkout: Lambda runs the image as a user of its own choice.
# It has no bytecode: to compile its two files costs a start milliseconds, a RUN here each build a second. A large
# app is another matter: RUN python -m compileall -q lambda_app
COPY --chmod=755 lambda_app lambda_app
# Ready means 200 from /healthz. By default a 404 would do. The last variable is for adapters before 1.0.
ENV AWS_LWA_PORT=8000 \
    AWS_LWA_READINESS_CHECK_PATH=/healthz \
    AWS_LWA_READINESS_CHECK_HEALTHY_STATUS=200-299 \
    AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS=300
LABEL org.opencontainers.image.title="FastAPI on AWS Lambda" \
      org.opencontainers.image.description="A FastAPI service behind the Lambda Web Adapter" \
      org.opencontainers.image.licenses="MIT"
# Nobody: what Lambda won't allow should fail here too. A number, for engines that must know it isn't root.
USER 65534:65534
EXPOSE 8000
# As a list, so that no shell stands between Python and SIGTERM.
CMD ["python", "-m", "lambda_app", "--host", "0.0.0.0"]

# The same image as it runs on Lambda: AWS's emulator starts the adapter as an extension, and the app.
FROM lambda AS local
COPY --from=emulator /usr/local/bin/aws-lambda-rie /usr/local/bin/
EXPOSE 8080
ENTRYPOINT ["aws-lambda-rie"]
# An ENTRYPOINT of one's own drops the CMD from above.
CMD ["python", "-m", "lambda_app", "--host", "0.0.0.0"]
