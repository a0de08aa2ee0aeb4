# The edge caller's image, for any container platform outside AWS. It reads variables and no files:
# docker run -e FUNCTION_URL -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY -e EDGE_BEARER_TOKEN -p 127.0.0.1:8787:8787 ...
ARG PYTHON_IMAGE=public.ecr.aws/docker/library/python:3.13-slim
# uv installs the locked packages and checks their hashes. It isn't in the image, so any version will do.
ARG UV_IMAGE=ghcr.io/astral-sh/uv:0.13.9

# A name for it, because COPY --from can't use an ARG.
FROM ${UV_IMAGE} AS uv

# A separate stage, so that neither uv nor its files are in the image.
FROM ${PYTHON_IMAGE} AS packages
COPY --from=uv /uv /usr/local/bin/
COPY requirements/edge_caller.txt .
RUN uv pip install --no-cache --compile-bytecode --require-hashes --target /packages --requirements edge_caller.txt

FROM ${PYTHON_IMAGE}
# Packages before the app: a change of the app rebuilds and pushes only the small layer below.
COPY --from=packages /packages /packages
ENV PYTHONPATH=/packages
WORKDIR /app
# Readable by all, whatever the umask of the checkout.
COPY --chmod=755 edge_caller edge_caller
LABEL org.opencontainers.image.title="Edge caller" \
      org.opencontainers.image.description="Signs each request (SigV4) and passes it to a Lambda Function URL" \
      org.opencontainers.image.licenses="MIT"
# User nobody, as a number, for engines that check that it isn't root.
USER 65534:65534
EXPOSE 8787
# With Python, since a slim image has no curl. It doesn't call the function: a broken function needs no restart here.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8787/_edge/health', timeout=4)"]
# As a list, so that Python gets SIGTERM itself, without a shell in between.
CMD ["python", "-m", "edge_caller", "--host", "0.0.0.0"]
