# The agent as an image: one program, the libraries that it is linked to, and a health probe. No shell, not root, and
# nothing that is written to. For one platform, or for two:
#
#   docker build --build-arg DENO_VERSION="$(cat .dvmrc)" --tag cluster-agent .
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg DENO_VERSION="$(cat .dvmrc)" --tag cluster-agent .
#
# Three things come from outside: the images named below, the packages of deno.lock and the probe's modules, and – at
# `deno compile` – the runtime that the program is put into (denort, one per platform), from Deno's own release server.
# That last download, and a container engine, are what a machine that reaches only package registries lacks; there
# every other line was run by itself, `deno compile` up to its download, and the workflow in .github runs the whole.

# The same as in .dvmrc, which a test sees to.
ARG DENO_VERSION=2.9.6
ARG GO_VERSION=1.26
ARG DEBIAN_VERSION=trixie-slim

FROM --platform=$BUILDPLATFORM denoland/deno:${DENO_VERSION} AS bundle
WORKDIR /src
COPY deno.json deno.lock main.ts agent.ts collector.ts ./
COPY tools/compile tools/compile
COPY tools/release tools/release
COPY proto proto
COPY src src
RUN deno task bundle

# What the program may do is fixed here: the permissions that deno.json declares, and what the builder adds.
FROM bundle AS compile
ARG TARGETARCH
# agent or collector.
ARG PROGRAM=agent
# More folders to read, as `/data/docker/containers`, and more names for `${NAME}` in the configuration; with commas.
ARG EXTRA_READ=
ARG EXTRA_ENV=
# Other flags of V8 than the program's own, in tools/compile/programs.ts; with commas.
ARG V8_FLAGS=
RUN case "$TARGETARCH" in \
      amd64) target=x86_64-unknown-linux-gnu ;; \
      arm64) target=aarch64-unknown-linux-gnu ;; \
      *) echo "No agent for $TARGETARCH: amd64 or arm64" >&2; exit 1 ;; \
    esac && \
    deno task compile --program "$PROGRAM" --target "$target" --output /out/cluster-agent \
      --read "$EXTRA_READ" --env "$EXTRA_ENV" --v8-flags "$V8_FLAGS"

# Manifests run it as /bin/grpc_health_probe. Built where its own go.sum holds for what it is made of.
FROM --platform=$BUILDPLATFORM golang:${GO_VERSION} AS probe
ARG TARGETARCH
ARG PROBE=github.com/grpc-ecosystem/grpc-health-probe@v0.4.38
RUN go mod download "$PROBE" && \
    cd "$(go env GOMODCACHE)/$PROBE" && \
    CGO_ENABLED=0 GOOS=linux GOARCH="$TARGETARCH" go build -trimpath -ldflags='-s -w' -o /out/grpc_health_probe .

# The loader and the libraries that the program names, at their own places: the C library's, and libgcc_s.
FROM debian:${DEBIAN_VERSION} AS libraries
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
COPY --from=compile /out/cluster-agent /out/cluster-agent
RUN mkdir /root-of-image && \
    if ldd /out/cluster-agent | grep 'not found'; then exit 1; fi && \
    ldd /out/cluster-agent | grep -oE '/[^ ]+\.so[^ ]*' | xargs -I{} cp --parents --dereference {} /root-of-image && \
    ls /root-of-image/lib*/ld-linux-*

FROM scratch
COPY --from=libraries /root-of-image /
COPY --from=probe /out/grpc_health_probe /bin/grpc_health_probe
COPY --from=compile /out/cluster-agent /cluster-agent/cluster-agent
COPY LICENSE /cluster-agent/LICENSE
WORKDIR /cluster-agent
USER 1000:1000
# Nothing is written there: without a home folder the runtime may want to be told where its cache would be.
ENV DENO_DIR=/nonexistent
# One heap for all threads of the runtime, which ask it for little: each further one keeps megabytes that nobody uses.
ENV MALLOC_ARENA_MAX=1
# What is freed goes back to the system: with any threshold set, neither it nor the one for large pieces grows by itself.
ENV MALLOC_TRIM_THRESHOLD_=131072
# No traces, until the pod sets another sampler: docs/operating.md.
ENV OTEL_TRACES_SAMPLER=always_off
EXPOSE 50051
ENTRYPOINT ["/cluster-agent/cluster-agent"]
