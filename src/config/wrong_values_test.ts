import assert from "#assert";
import { readSettings } from "./read_settings.ts";

/** A value of the wrong kind, as each language writes it; `flag` is how `-p` writes it, where it can. */
interface WrongValue {
  readonly key: string;
  /** In JSON, which YAML reads as well. */
  readonly json: string;
  /** In TOML, where that is not what JSON has. */
  readonly toml?: string;
  readonly flag?: string;
  /** What the message shows of it. @default the JSON */
  readonly shown?: string;
  readonly expected: string;
}

const DURATION = "a number of seconds, or a text such as 500ms, 10s or 2m, at most 60m";
const COUNT = "a whole number from 1 to 1000000";
const MEMORY = "a number of bytes, or a text such as 512Ki or 64Mi, at least 1Mi and at most 1Gi";
const NAMES = "a list of texts that are not empty";
const ADDRESS = "IP:PORT, HOST:PORT or :PORT";

const WRONG: readonly WrongValue[] = [
  { key: "addr", json: '":99999"', flag: ":99999", expected: ADDRESS },
  { key: "addr", json: '"10.0.0.256:1"', flag: "10.0.0.256:1", expected: ADDRESS },
  { key: "addr", json: "50051", expected: ADDRESS },
  { key: "metrics.addr", json: '"9464"', flag: "9464", expected: ADDRESS },
  { key: "shutdown-grace", json: '"soon"', flag: "soon", expected: DURATION },
  { key: "shutdown-grace", json: '"10h"', flag: "10h", expected: DURATION },
  { key: "shutdown-grace", json: '"61m"', flag: "61m", expected: DURATION },
  { key: "shutdown-grace", json: "-1", expected: DURATION },
  { key: "shutdown-grace", json: "[10]", expected: DURATION },
  { key: "limits.handshake-time", json: "0", expected: `${DURATION}, above 0` },
  { key: "limits.connections", json: "0", expected: COUNT },
  { key: "limits.connections", json: "1.5", expected: COUNT },
  { key: "limits.connections", json: '"many"', flag: "many", expected: COUNT },
  { key: "limits.bytes-in-flight", json: '"32MB"', flag: "32MB", expected: MEMORY },
  { key: "limits.bytes-in-flight", json: '"2Gi"', flag: "2Gi", expected: MEMORY },
  { key: "history", json: '"maybe"', flag: "maybe", expected: "true or false" },
  { key: "history", json: '{"a":1}', toml: "{ a = 1 }", expected: "true or false" },
  { key: "logging.level", json: '"verbose"', flag: "verbose", expected: "error, warn, info, debug, trace or 1 to 5" },
  { key: "logging.level", json: "6", expected: "error, warn, info, debug, trace or 1 to 5" },
  { key: "authorization.mode", json: '"rbac"', flag: "rbac", expected: "proxy or token" },
  { key: "allowed-namespaces", json: '"a"', expected: NAMES },
  { key: "allowed-namespaces", json: "[1]", expected: NAMES },
  { key: "allowed-namespaces", json: '[""]', expected: NAMES },
  { key: "tls.allowed-names", json: '{"a":"b"}', toml: '{ a = "b" }', expected: NAMES },
  { key: "log-roots", json: "[]", expected: "a list of absolute paths, at least one" },
  { key: "container-logs-dir", json: '"logs"', flag: "logs", expected: "an absolute path" },
  { key: "tls.cert-file", json: "true", expected: "a path" },
  { key: "tls.key-file", json: '""', flag: "", expected: "a path" },
];

/** The files in which a setting has a value, and is all that is wrong. */
function filesWith({ key, json, toml = json }: WrongValue): readonly (readonly [string, string])[] {
  const [section, name] = key.split(".");
  const tls = { "cert-file": '"/c"', "key-file": '"/k"', "ca-file": '"/ca"' };
  const wrong = (value: string): Record<string, Record<string, string> | string> => {
    if (name === undefined) return { [key]: value, tls };
    return section === "tls" ? { tls: { ...tls, [name]: value } } : { [section ?? ""]: { [name]: value }, tls };
  };
  const entries = (value: string): [string, Record<string, string> | string][] => Object.entries(wrong(value));
  const asJson = entries(json).map(([key, value]) =>
    typeof value === "string"
      ? `"${key}": ${value}`
      : `"${key}": {${Object.entries(value).map(([key, value]) => `"${key}": ${value}`).join(", ")}}`
  );
  const asYaml = entries(json).map(([key, value]) =>
    typeof value === "string"
      ? `${key}: ${value}\n`
      : `${key}:\n${Object.entries(value).map(([key, value]) => `  ${key}: ${value}\n`).join("")}`
  );
  const asToml = entries(toml).map(([key, value]) =>
    typeof value === "string"
      ? `${key} = ${value}\n`
      : `[${key}]\n${Object.entries(value).map(([key, value]) => `${key} = ${value}\n`).join("")}`
  );
  return [["/e/a.json", `{${asJson.join(", ")}}`], ["/e/a.yaml", asYaml.join("")], ["/e/a.toml", asToml.join("")]];
}

const options = { env: () => undefined } as const;

for (const wrong of WRONG) {
  const { key, json, shown = json, expected, flag } = wrong;
  Deno.test(`${key} refuses ${json} with file, key, value and what is expected, in every language`, async () => {
    for (const [file, text] of filesWith(wrong)) {
      await assert.rejects(readSettings(file, { ...options, readText: () => Promise.resolve(text) }), {
        name: "ConfigError",
        message: `Cannot use configuration file "${file}": ${key} is ${shown}, expected ${expected}`,
      }, `${file}: ${text}`);
    }
    if (flag === undefined) return;
    const readText = (): Promise<string> =>
      Promise.resolve("tls: {cert-file: /c, key-file: /k, ca-file: /ca, allowed-names: [a]}\n");
    await assert.rejects(readSettings("/e/a.yaml", { ...options, readText, overrides: [`${key}:${flag}`] }), {
      name: "ConfigError",
      message: `Cannot use -p: ${key} is ${shown}, expected ${expected}`,
    });
  });
}

for (
  const [what, yaml, json, toml, message] of [
    [
      "an unknown key under tls",
      "tls: {cert-flie: /c}\n",
      '{"tls": {"cert-flie": "/c"}}',
      '[tls]\ncert-flie = "/c"\n',
      '"tls.cert-flie" is no setting, did you mean tls.cert-file?',
    ],
    [
      "a key that begins with allowed, in a map that nobody knows",
      "other:\n  allowedNames: [a]\n",
      '{"other": {"allowedNames": ["a"]}}',
      '[other]\nallowedNames = ["a"]\n',
      '"other.allowedNames" is no setting, did you mean tls.allowed-names?',
    ],
    [
      "a variable that is not set",
      "addr: ${NONE}\n",
      '{"addr": "${NONE}"}',
      'addr = "${NONE}"\n',
      "line 1: variable NONE is not set and has no default",
    ],
    [
      "a key that stands twice",
      "addr: ':1'\naddr: ':2'\n",
      '{"addr": ":1",\n"addr": ":2"}',
      'addr = ":1"\naddr = ":2"\n',
      / at line 2, column 1$/,
    ],
  ] as const
) {
  Deno.test(`${what} is refused in every language`, async () => {
    for (const [file, text] of [["/a.yaml", yaml], ["/a.json", json], ["/a.toml", toml]] as const) {
      await assert.rejects(
        readSettings(file, { ...options, readText: () => Promise.resolve(text) }),
        (error: Error) => {
          assert.equal(error.name, "ConfigError");
          assert.ok(error.message.startsWith(`Cannot use configuration file "${file}": `), error.message);
          if (typeof message === "string") assert.ok(error.message.endsWith(message), error.message);
          else assert.match(error.message, message);
          return true;
        },
      );
    }
  });
}
