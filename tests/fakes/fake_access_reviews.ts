/**
 * A local stand-in for the API server's access reviews: HTTPS on a free port of 127.0.0.1, with an authority of its
 * own.
 *
 * Answers SubjectAccessReviews that the agent puts with its own token, and SelfSubjectAccessReviews by whose bearer
 * token came with them; keeps what it was asked. Knows no roles: the caller's `decide` is the whole of its policy.
 * Tells its version to the agent. Everything else that an API server serves is 404.
 *
 * @module
 */
import { issue, makeAuthority } from "./certificates.ts";

/** Somebody, as an API server knows them. */
export interface ReviewedUser {
  /** The user's name. */
  readonly user: string;
  /** The groups that the user is in. */
  readonly groups: readonly string[];
  /** What else is known of the user. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** What was asked. */
export interface ReviewSpec extends ReviewedUser {
  /** Which review it was. */
  readonly kind: "SubjectAccessReview" | "SelfSubjectAccessReview";
  /** The namespace; absent: all of them. */
  readonly namespace: string | undefined;
  /** What is to be done, as `get`. */
  readonly verb: string;
  /** To what, as `pods/log`. */
  readonly resource: string;
}

/** The answer to a review. */
export interface ReviewDecision {
  /** It is allowed, unless it is denied as well. */
  readonly allowed: boolean;
  /** It is forbidden, whatever allows it. @default {false} */
  readonly denied?: boolean;
}

/** What a stand-in is made of. */
export interface AccessReviewsOptions {
  /** The policy. May take its time; what it throws is the text of a 500. */
  readonly decide: (spec: ReviewSpec) => boolean | ReviewDecision | Promise<boolean | ReviewDecision>;
  /** The users whose tokens are known; any other token gets a 401. @default {{}} */
  readonly users?: Readonly<Record<string, ReviewedUser>>;
}

/** A stand-in that runs. Disposing of it waits for nobody's answer. */
export interface AccessReviews extends AsyncDisposable {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** Whom to trust there. */
  readonly caPem: string;
  /** The text of a kubeconfig file that leads there, with the token that the agent shows. */
  readonly kubeconfig: string;
  /** What it was asked, in order. */
  readonly reviews: readonly ReviewSpec[];
}

const GROUP = "authorization.k8s.io/v1";

/** Starts a stand-in; it listens when the promise resolves. */
export async function startAccessReviews(options: AccessReviewsOptions): Promise<AccessReviews> {
  const { decide, users = {} } = options;
  const authority = await makeAuthority("Access reviews");
  const { certPem, keyPem } = await issue(authority, {
    commonName: "kubernetes",
    names: ["127.0.0.1", "localhost"],
    usages: ["server"],
  });
  const agentToken = crypto.randomUUID();
  const reviews: ReviewSpec[] = [];

  async function answer(request: Request): Promise<Response> {
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    if (request.method === "GET" && new URL(request.url).pathname === "/version") {
      return token === agentToken ? Response.json({ major: "1", minor: "34" }) : failure(401, "Unauthorized");
    }
    const kind = kindOf(request);
    if (kind === undefined) return failure(404, "the server could not find the requested resource");
    const self = kind === "SelfSubjectAccessReview";
    const user = Object.hasOwn(users, token) ? users[token] : undefined;
    if (self ? user === undefined : token !== agentToken) return failure(401, "Unauthorized");
    const review = parsed(await request.text());
    if (review === undefined) return failure(400, "the body is not an access review");
    const spec: ReviewSpec = { kind, ...(user ?? subjectOf(review.spec)), ...attributesOf(review.spec) };
    reviews.push(spec);
    const decided = await decide(spec);
    const status = typeof decided === "boolean" ? { allowed: decided } : decided;
    return Response.json({ apiVersion: GROUP, kind, metadata: {}, spec: review.spec, status }, { status: 201 });
  }

  const stop = new AbortController();
  const server = Deno.serve({
    signal: stop.signal,
    hostname: "127.0.0.1",
    port: 0,
    cert: certPem,
    key: keyPem,
    onListen: () => {},
    onError: (error) => failure(500, error instanceof Error ? error.message : String(error)),
  }, answer);
  const url = `https://127.0.0.1:${server.addr.port}`;
  return {
    url,
    caPem: authority.certPem,
    kubeconfig: kubeconfigText({ url, caPem: authority.certPem, token: agentToken }),
    reviews,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await server.finished;
    },
  };
}

function kindOf({ method, url }: Request): ReviewSpec["kind"] | undefined {
  const { pathname } = new URL(url);
  if (method !== "POST") return undefined;
  if (pathname === `/apis/${GROUP}/subjectaccessreviews`) return "SubjectAccessReview";
  if (pathname === `/apis/${GROUP}/selfsubjectaccessreviews`) return "SelfSubjectAccessReview";
  return undefined;
}

/**
 * The parts of a review's spec that count here; the agent under test may send anything, so nothing is taken for
 * granted.
 */
interface SentSpec {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly extra?: ReviewedUser["extra"];
  readonly resourceAttributes: {
    readonly namespace?: string;
    readonly verb?: string;
    readonly resource?: string;
    readonly subresource?: string;
  };
}

function parsed(text: string): { readonly spec: SentSpec } | undefined {
  try {
    const review = JSON.parse(text) as { spec?: { resourceAttributes?: unknown } } | null;
    return typeof review?.spec?.resourceAttributes === "object" ? review as { spec: SentSpec } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function subjectOf({ user = "", groups = [], extra = {} }: SentSpec): ReviewedUser {
  return { user, groups, extra };
}

function attributesOf({ resourceAttributes }: SentSpec): Pick<ReviewSpec, "namespace" | "verb" | "resource"> {
  const { namespace, verb = "", resource = "", subresource } = resourceAttributes;
  return { namespace, verb, resource: subresource === undefined ? resource : `${resource}/${subresource}` };
}

/** A failure in the form in which an API server tells it. */
function failure(code: number, message: string): Response {
  return Response.json({ apiVersion: "v1", kind: "Status", status: "Failure", message, code }, { status: code });
}

/** JSON is YAML. */
function kubeconfigText({ url, caPem, token }: { url: string; caPem: string; token: string }): string {
  const name = "access-reviews";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server: url, "certificate-authority-data": btoa(caPem) } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
