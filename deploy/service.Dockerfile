# One small image for one service: its own wheels, and what they need by hash.
#   docker build -f deploy/service.Dockerfile --build-arg SERVICE=engine .
# The tag names a release, which its publisher can build again; write `@sha256:...` behind it
# to pin the bytes. Each package above it is pinned by hash.
ARG PYTHON=3.11.7-slim-bookworm

FROM python:${PYTHON} AS build
ARG SERVICE
WORKDIR /source
COPY deploy/build/requirements.lock build.lock
COPY deploy/${SERVICE}/requirements.lock service.lock
RUN python -m venv /build \
 && /build/bin/pip install --no-cache-dir --require-hashes --no-deps -r build.lock \
 && python -m venv /opt/aurelius \
 && /opt/aurelius/bin/pip install --no-cache-dir --require-hashes --no-deps -r service.lock
COPY clients/python clients/python
COPY chassis chassis
COPY services/${SERVICE} services/${SERVICE}
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir wheels \
      clients/python chassis services/${SERVICE} \
 && /opt/aurelius/bin/pip install --no-cache-dir --no-deps wheels/*.whl \
 && /opt/aurelius/bin/pip uninstall --yes pip setuptools

FROM python:${PYTHON}
RUN useradd --uid 10001 --home-dir /var/lib/aurelius --create-home aurelius \
 && install -d -o aurelius -g aurelius -m 0700 \
      /var/lib/aurelius /var/lib/aurelius/databases /var/lib/aurelius/keys /var/lib/aurelius/objects
COPY --from=build /opt/aurelius /opt/aurelius
ENV PATH=/opt/aurelius/bin:$PATH PYTHONUNBUFFERED=1
USER aurelius
WORKDIR /var/lib/aurelius
VOLUME /var/lib/aurelius
