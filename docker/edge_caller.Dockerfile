# The edge caller's image: what signs each request, for any container platform outside AWS. Variables, no files:
# docker run -e FUNCTION_URL -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY -e EDGE_BEARER_TOKEN -p 127.0.0.1:8787:8787 ...
ARG PYTHON_IMAGE=public.ecr.aws/docker/library/python:3.13-slim
# uv only fetches what the lock names and checks its hashes, and stays behind: any version does.
ARG UV_IMAGE=ghcr.io/astral-sh/uv:latest

# A name for it, since COPY --from takes no ARG.
FROM ${UV_IMAGE} AS uv

# A stage of its own: neither uv nor anything it leaves reaches the image.
FROM ${PYTHON_IMAGE} AS packages
COPY --from=uv /uv /usr/local/bin/
COPY requirements/edge_caller.txt .
RUN uv pip install --no-cache --compile-bytecode --require-hashes --target /packages --requirements edge_caller.txt

FROM ${PYTHON_IMAGE}
# The packages before the app: a change of the app builds and pushes only the small layer after this.
COPY --from=packages /packages /packages
ENV PYTHONPATH=/packages
WORKDIR /app
# Readable by all, however strict the umask of the checkout.
COPY --chmod=755 edge_caller edge_caller
LABEL org.opencontainers.image.title="Edge caller" \
      org.opencontainers.image.description="Signs each request (SigV4) and passes it to a Lambda Function URL" \
      org.opencontainers.image.licenses="MIT"
# Nobody. A number, for engines that must know it isn't root.
USER 65534:65534
EXPOSE 8787
# With Python: a slim image has no curl. The answer doesn't need the function: a broken function is no reason to restart.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8787/_edge/health', timeout=4)"]
# As a list, so that no shell stands between Python and SIGTERM.
CMD ["python", "-m", "edge_caller", "--host", "0.0.0.0"]
