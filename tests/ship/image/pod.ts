/**
 * The agent's container as one pod of {@linkcode SHAPES} has it, on a node with two logs, beside an API server that
 * lets ada see them.
 *
 * @module
 */
import { type AccessReviews, startAccessReviews } from "../../fakes/fake_access_reviews.ts";
import { issue, makeAuthority } from "../../fakes/certificates.ts";
import { LINES } from "../../support/every_call.ts";
import { connect, type GrpcClient } from "../../support/grpc_client.ts";
import { type Container, type ContainerShape, startContainer, type UnpackedImage } from "./container.ts";
import { makeNode, type NodeFiles, writeVolume } from "./node.ts";
import { NAMESPACE, type PodShape } from "./shapes.ts";

/** A pod that runs. */
export interface Pod extends AsyncDisposable {
  readonly container: Container;
  /** What the container was made of. */
  readonly shape: ContainerShape;
  readonly node: NodeFiles;
  /** Shows the certificate that the pod lets in. */
  readonly client: GrpcClient;
}

const PORT = 50051;
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Starts a pod; resolves when the agent listens. */
export async function startPod(image: UnpackedImage, pod: PodShape): Promise<Pod> {
  await using stack = new AsyncDisposableStack();
  const root = await Deno.makeTempDir({ prefix: "image-node-" });
  stack.defer(() => Deno.remove(root, { recursive: true }));
  const node = await makeNode(root, LINES);
  const reviews = stack.use(await startAccessReviews({ decide: ({ user }) => user === "ada" }));
  const { mounts, client } = await makeVolumes(pod, { root, node, reviews });
  stack.use(client);
  const { hostname, port } = new URL(reviews.url);
  const env = { ...pod.container.env, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  const shape = { ...pod.container, env, mounts };
  const container = stack.use(await startContainer(image, shape));
  await container.line(/Starting cluster-agent on/);
  const owned = stack.move();
  return { container, shape, node, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface VolumeSources {
  readonly root: string;
  readonly node: NodeFiles;
  readonly reviews: AccessReviews;
}

/** Writes the pod's volumes, and makes the client that goes with their certificates. */
async function makeVolumes(
  { container, config, tlsFolder, client, server }: PodShape,
  { root, node, reviews }: VolumeSources,
): Promise<{ readonly mounts: Readonly<Record<string, string>>; readonly client: GrpcClient }> {
  const authority = await makeAuthority("kubetail");
  const leaf = await issue(authority, { commonName: client, names: [client], usages: ["client"] });
  // The pods use one certificate as the server's and, for the probe, as a client's.
  const own = await issue(authority, {
    commonName: server,
    names: [server, "localhost"],
    usages: ["server", "client"],
  });
  const tls = { "ca.crt": authority.certPem, "tls.crt": own.certPem, "tls.key": own.keyPem };
  // With an fsGroup, nobody else may read a Secret.
  const mode = container.groups === undefined ? 0o644 : 0o640;
  const settings = { "config.yaml": config };
  if (tlsFolder === "/etc/kubetail") {
    await writeVolume(`${root}/etc/kubetail`, { ...settings, ...tls }, { mode });
  } else {
    await writeVolume(`${root}/etc/kubetail`, settings, { mode });
    await writeVolume(`${root}${tlsFolder}`, tls, { mode });
  }
  const kubeconfig: { readonly users: readonly [{ readonly user: { readonly token: string } }] } = JSON.parse(
    reviews.kubeconfig,
  );
  await writeVolume(`${root}${ACCOUNT}`, {
    "ca.crt": reviews.caPem,
    token: kubeconfig.users[0].user.token,
    namespace: NAMESPACE,
  });
  const folders = [...new Set(["/etc/kubetail", tlsFolder, ACCOUNT])];
  return {
    mounts: {
      ...Object.fromEntries(folders.map((path) => [path, root + path])),
      "/var/log": node.logs,
      "/var/lib/docker/containers": node.docker,
    },
    client: connect({ port: PORT, ca: authority.certPem, leaf }),
  };
}
