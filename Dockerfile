# A chat server whose state is the volume /data. See docs/operating.md, "In a container".
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY chatroom chatroom
COPY docs docs
RUN python -m venv /opt/chatroom && /opt/chatroom/bin/pip install --no-cache-dir .

FROM python:3.13-slim
COPY --from=build /opt/chatroom /opt/chatroom
RUN useradd --uid 10001 --no-create-home chatroom && install --directory --mode 0700 --owner chatroom /data
USER 10001
ENV PATH=/opt/chatroom/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CHATROOM_DATA=/data \
    CHATROOM_LISTEN=0.0.0.0:8000 \
    CHATROOM_LOG_FORMAT=json
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
CMD ["chatroom", "serve"]
