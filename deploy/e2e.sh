#!/usr/bin/env bash
# The agent in a real cluster: builds the image, makes a cluster of two nodes with kind, applies deploy/overlays/kind,
# and reads a line that a pod has written, as somebody who may and as somebody who may not. Removes all of it.
#
#   deploy/e2e.sh            # needs docker, kind, kubectl, openssl, and Node.js or deno
#   deploy/e2e.sh --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cluster='cluster-agent-e2e'
image='cluster-agent:dev'
node_image=
keep=false
build=true

usage() {
  cat <<TEXT
Usage: deploy/e2e.sh [--image IMAGE] [--node-image IMAGE] [--keep]

  --image IMAGE       An image of the agent that Docker has, in place of one that is built
  --node-image IMAGE  kind's image of the nodes, which has the version of Kubernetes
  --keep              Leave the cluster: kubectl --context kind-$cluster
TEXT
}

fail() {
  echo "e2e: $*" >&2
  exit 1
}

step() {
  echo "== $*"
}

while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --keep) keep=true ;;
    --image | --node-image)
      [ $# -ge 2 ] || fail "$1 needs a value"
      if [ "$1" = --image ]; then
        build=false
        given=$2
      else
        node_image=$2
      fi
      shift
      ;;
    *) fail "Cannot take \"$1\"; see --help" ;;
  esac
  shift
done

missing=()
for program in docker kind kubectl openssl; do
  command -v "$program" >/dev/null || missing+=("$program")
done
deno=(deno)
if ! command -v deno >/dev/null; then
  deno=(npx -y "deno@$(cat .dvmrc)")
  command -v npx >/dev/null || missing+=("Node.js or deno")
fi
[ ${#missing[@]} -eq 0 ] || fail "missing: $(IFS=, && echo "${missing[*]}")"
docker info >/dev/null 2>&1 || fail "missing: a Docker daemon that can be reached (docker info has failed)"
if kind get clusters 2>/dev/null | grep -qx "$cluster"; then
  fail "a cluster $cluster is there already: kind delete cluster --name $cluster"
fi

work=$(mktemp -d)
created=false

clean_up() {
  local code=$?
  trap - EXIT
  if [ "$created" = true ] && [ "$code" -ne 0 ]; then
    step "What the cluster says"
    kubectl --namespace cluster-agent get pods --output wide || true
    kubectl --namespace cluster-agent describe daemonset/cluster-agent || true
    kubectl --namespace cluster-agent logs daemonset/cluster-agent --tail 50 || true
  fi
  if [ "$created" = true ] && [ "$keep" = false ]; then
    step "Remove the cluster"
    kind delete cluster --name "$cluster" --kubeconfig "$KUBECONFIG"
  fi
  rm -rf "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# With --keep the cluster is in the user's own kubeconfig, as kind does it.
if [ "$keep" = true ]; then
  export KUBECONFIG="${KUBECONFIG:-$HOME/.kube/config}"
else
  export KUBECONFIG="$work/kubeconfig"
fi

step "The image"
if [ "$build" = true ]; then
  docker build --build-arg "DENO_VERSION=$(cat .dvmrc)" --tag "$image" .
else
  docker tag "$given" "$image"
fi

step "A cluster of two nodes"
cat >"$work/kind.yaml" <<TEXT
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
  - role: worker
TEXT
created=true
kind create cluster --name "$cluster" --kubeconfig "$KUBECONFIG" --config "$work/kind.yaml" --wait 180s \
  ${node_image:+--image "$node_image"}
kind load docker-image "$image" --name "$cluster"

step "Certificates and the agent"
kubectl apply -f deploy/agent/namespace.yaml
deploy/agent/certificates/create.sh | kubectl apply -f -
kubectl apply -k deploy/overlays/kind
kubectl --namespace cluster-agent rollout status daemonset/cluster-agent --timeout 180s

step "A pod that writes a line, and two who ask for it"
# The agent's own image: it prints its version, and nothing has to be downloaded for it.
kubectl apply -f - <<TEXT
apiVersion: v1
kind: Namespace
metadata:
  name: e2e
---
apiVersion: v1
kind: Pod
metadata:
  name: writer
  namespace: e2e
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  containers:
    - name: writer
      image: $image
      imagePullPolicy: Never
      args: ["--version"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: log-reader
  namespace: e2e
rules:
  - apiGroups: [""]
    resources: ["pods/log"]
    verbs: ["get"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: log-reader
  namespace: e2e
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: log-reader
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: User
    name: reader
TEXT
kubectl --namespace e2e wait pod/writer --for=jsonpath='{.status.phase}'=Succeeded --timeout 60s

read_as() {
  "${deno[@]}" task --quiet read-log --namespace e2e --pod writer --lines 1 --user "$1" 2>&1
}

step "reader may read it"
read_as reader | tee "$work/reader"
grep -q '^cluster-agent [0-9]' "$work/reader" || fail "the line of the pod is not what the reader got"

step "stranger may not"
if read_as stranger | tee "$work/stranger"; then fail "a stranger has read the log"; fi
grep -q 'PERMISSION_DENIED' "$work/stranger" || fail "the stranger was not refused by the agent"

echo "== All is well"
