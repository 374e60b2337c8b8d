# The agent as an image, or the collector: one program, the libraries that it is linked to, a health probe, and the
# licences of them all. No shell, not root, and nothing that is written to. For one platform, or for two:
#
#   docker build --build-arg DENO_VERSION="$(cat .dvmrc)" --tag cluster-agent .
#   docker build --build-arg DENO_VERSION="$(cat .dvmrc)" --build-arg PROGRAM=collector --tag cluster-collector .
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg DENO_VERSION="$(cat .dvmrc)" --tag cluster-agent .
#
# From outside come the bases named below, the packages of deno.lock, the probe's modules, and denort: the runtime that
# `deno compile` puts a program into. Where denort cannot be had, `--build-arg RUNTIME=deno` puts Deno itself in its
# place, with the same flags; then the runtime could run other code as well, and the image is larger.
#
# The bases are tags here. `.ci/bases` asks the registry for their digests and prints them as arguments for the build: a
# release is built with them, and with them and its SOURCE_DATE_EPOCH it can be built again.

# The same as in .dvmrc, which a test sees to.
ARG DENO_VERSION=2.9.6
ARG DENO_IMAGE=denoland/deno:${DENO_VERSION}
ARG GO_IMAGE=golang:1.27
ARG DEBIAN_IMAGE=debian:trixie-slim
# agent or collector.
ARG PROGRAM=agent
# compiled, or deno.
ARG RUNTIME=compiled

# Empty: Deno downloads denort, and verifies nothing. `--build-context denort=FOLDER` has it from a folder instead, where
# it is called as its platform is: denort-x86_64-unknown-linux-gnu, denort-aarch64-unknown-linux-gnu.
FROM scratch AS denort

FROM --platform=$BUILDPLATFORM ${DENO_IMAGE} AS sources
WORKDIR /src
COPY deno.json deno.lock main.ts agent.ts collector.ts LICENSE ./
COPY tools/compile tools/compile
COPY tools/image tools/image
COPY tools/release tools/release
COPY proto proto
COPY src src
# More folders to read, as `/data/docker/containers`, and more names for `${NAME}` in the configuration; with commas.
ARG EXTRA_READ=
ARG EXTRA_ENV=
# Other flags of V8 than the program's own, with commas.
ARG V8_FLAGS=
# The time of everything in the image, in seconds since 1970.
ARG SOURCE_DATE_EPOCH=315532800

# What the program may do is fixed here: the set of its name in deno.json, and what the builder adds.
FROM sources AS program-compiled
ARG PROGRAM
ARG TARGETARCH
RUN --mount=type=bind,from=denort,target=/denort \
    case "$TARGETARCH" in \
      amd64) target=x86_64-unknown-linux-gnu ;; \
      arm64) target=aarch64-unknown-linux-gnu ;; \
      *) echo "No $PROGRAM for $TARGETARCH: amd64 or arm64" >&2; exit 1 ;; \
    esac && \
    if [ -e "/denort/denort-$target" ]; then export DENORT_BIN="/denort/denort-$target"; fi && \
    deno task compile --program "$PROGRAM" --target "$target" --output "/tree/cluster-$PROGRAM/cluster-$PROGRAM" \
      --read "$EXTRA_READ" --env "$EXTRA_ENV" --v8-flags "$V8_FLAGS"

FROM ${DENO_IMAGE} AS deno

FROM sources AS program-deno
ARG PROGRAM
RUN deno task script --program "$PROGRAM" --output "/tree/cluster-$PROGRAM" \
      --read "$EXTRA_READ" --env "$EXTRA_ENV" --v8-flags "$V8_FLAGS"
COPY --from=deno /usr/bin/deno /usr/bin/env /tree/usr/bin/

# A stage from above.
# hadolint ignore=DL3006
FROM program-${RUNTIME} AS program
# The licences of the packages and of Deno come with the bundle.
RUN deno task bundle && mkdir -p /tree/licenses && cp LICENSE dist/THIRD_PARTY.txt /tree/licenses/

# Manifests run it as /bin/grpc_health_probe. Built where its own go.sum holds for what it is made of.
FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS probe
ARG TARGETARCH
ARG PROBE_VERSION=v0.4.63
ARG SOURCE_DATE_EPOCH=315532800
COPY tools/image/probe.sh /
RUN /probe.sh github.com/grpc-ecosystem/grpc-health-probe "$PROBE_VERSION"

# The loader and the libraries that the program names, at their own places: the C library's, and libgcc_s.
FROM ${DEBIAN_IMAGE} AS libraries
ARG SOURCE_DATE_EPOCH=315532800
COPY --from=program /tree /program
COPY tools/image/libraries.sh /
RUN /libraries.sh

# What changes least comes first: nodes that have the layers of an earlier version take only the others.
FROM scratch AS tree-compiled
COPY --from=libraries /tree /
COPY --from=libraries /program /

# What is fixed at `deno compile`, where Deno itself is in the image.
FROM tree-compiled AS tree-deno
ENV OTEL_DENO=true OTEL_DENO_METRICS=false OTEL_DENO_CONSOLE=ignore OTEL_PROPAGATORS=tracecontext
# Deno would ask its own server for a newer version.
ENV DENO_NO_UPDATE_CHECK=1

# A stage from above.
# hadolint ignore=DL3006
FROM tree-${RUNTIME} AS tree
# The group may enter /var/log/pods (0750) and read what runtimes write there (0640): both belong to root:root.
USER 1000:0
# Nothing is written there: without a home folder the runtime may want to be told where its cache would be.
ENV DENO_DIR=/nonexistent
# One heap for all threads of the runtime, which ask it for little: each further one keeps megabytes that nobody uses.
ENV MALLOC_ARENA_MAX=1
# What is freed goes back to the system: with any threshold set, neither it nor the one for large pieces grows by itself.
ENV MALLOC_TRIM_THRESHOLD_=131072
# And holes in the heap as well, when the agent asks for it.
ENV DENO_USR2_MEMORY_TRIM=1
# No traces, until the pod sets another sampler: docs/operating.md.
ENV OTEL_TRACES_SAMPLER=always_off

FROM tree AS image-agent
COPY --from=probe /tree /
WORKDIR /cluster-agent
EXPOSE 50051 9464
ENTRYPOINT ["/cluster-agent/cluster-agent"]
LABEL org.opencontainers.image.description="Kubetail's cluster agent: the container logs of one node, by gRPC"

FROM tree AS image-collector
WORKDIR /cluster-collector
EXPOSE 9464
ENTRYPOINT ["/cluster-collector/cluster-collector"]
LABEL org.opencontainers.image.description="Which pod and workload is behind a container, for OpenTelemetry's network reducer"

# A stage from above.
# hadolint ignore=DL3006
FROM image-${PROGRAM}
ARG PROGRAM
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title="cluster-${PROGRAM}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
