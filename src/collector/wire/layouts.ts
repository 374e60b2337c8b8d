/**
 * The messages of the reducer's intake: number, size of the fixed part, and where each field stands.
 *
 * Offsets count from the message's number, that is, behind the time stamp. Little-endian. A message with texts has its
 * whole length at offset 2; each text but the last has its length in the fixed part, and the texts follow that part in
 * the order of these lengths, the last one at the end with whatever length remains. Names, numbers and layouts are
 * those of `ebpf_net.render` in open-telemetry/opentelemetry-network, the same from v0.10.2 on.
 *
 * @module
 */

/** What a field holds: a whole number of so many bits, or so many bytes as they are, or a text. */
export type FieldKind = "u8" | "u16" | "u32" | "u64" | "bytes16" | "bytes22" | "text";

/** A field: its name, what it holds, and the offset of it or of its length. */
export type Field = readonly [name: string, kind: FieldKind, offset: number];

/** A message. */
export interface Layout {
  /** The number that stands for it. */
  readonly id: number;
  /** The bytes of the fixed part. */
  readonly size: number;
  /** The fields of the fixed part, by offset. */
  readonly fields: readonly Field[];
  /** The text at the end, whose length is not written down. */
  readonly last?: string;
}

/** Every message that a collector may send. */
export const LAYOUTS = {
  version_info: { id: 310, size: 16, fields: [["major", "u32", 4], ["minor", "u32", 8], ["patch", "u32", 12]] },
  connect: { id: 548, size: 5, fields: [["collector_type", "u8", 4]], last: "hostname" },
  health_check: { id: 409, size: 5, fields: [["client_type", "u8", 4]], last: "origin" },
  report_cpu_cores: { id: 536, size: 8, fields: [["cpu_core_count", "u32", 4]] },
  set_config_label: { id: 416, size: 6, fields: [["key", "text", 4]], last: "value" },
  set_node_info: {
    id: 415,
    size: 10,
    fields: [["az", "text", 4], ["role", "text", 6], ["instance_id", "text", 8]],
    last: "instance_type",
  },
  cloud_platform: { id: 413, size: 4, fields: [["cloud_platform", "u16", 2]] },
  cloud_platform_account_info: { id: 495, size: 4, fields: [], last: "account_id" },
  private_ipv4_addr: { id: 353, size: 28, fields: [["vpc_id", "bytes22", 2], ["addr", "u32", 24]] },
  ipv6_addr: { id: 354, size: 40, fields: [["addr", "bytes16", 2], ["vpc_id", "bytes22", 18]] },
  public_to_private_ipv4: {
    id: 355,
    size: 32,
    fields: [["vpc_id", "bytes22", 2], ["public_addr", "u32", 24], ["private_addr", "u32", 28]],
  },
  metadata_complete: { id: 356, size: 16, fields: [["time", "u64", 8]] },
  pod_resync: { id: 390, size: 16, fields: [["resync_count", "u64", 8]] },
  pod_new_with_name: {
    id: 515,
    size: 20,
    fields: [
      ["ip", "u32", 4],
      ["uid", "text", 8],
      ["owner_name", "text", 10],
      ["pod_name", "text", 12],
      ["owner_uid", "text", 14],
      ["ns", "text", 16],
      ["owner_kind", "u8", 18],
      ["is_host_network", "u8", 19],
    ],
    last: "version",
  },
  pod_container: {
    id: 494,
    size: 10,
    fields: [["uid", "text", 4], ["container_id", "text", 6], ["container_name", "text", 8]],
    last: "container_image",
  },
  pod_delete: { id: 359, size: 4, fields: [], last: "uid" },
  heartbeat: { id: 392, size: 2, fields: [] },
  collector_health: { id: 496, size: 6, fields: [["status", "u16", 2], ["detail", "u16", 4]] },
  pulse: { id: 65_535, size: 2, fields: [] },
} as const satisfies Readonly<Record<string, Layout>>;

/** The name of a message. */
export type MessageName = keyof typeof LAYOUTS;

type ValueOf<Kind> = Kind extends "text" ? string
  : Kind extends "u64" ? bigint
  : Kind extends "bytes16" | "bytes22" ? Uint8Array
  : number;

type FixedValues<Fields extends readonly Field[]> = {
  readonly [One in Fields[number] as One[0]]: ValueOf<One[1]>;
};

/** What a message of that name says. */
export type MessageValues<Name extends MessageName> =
  & FixedValues<typeof LAYOUTS[Name]["fields"]>
  & (typeof LAYOUTS[Name] extends { readonly last: infer Last extends string } ? { readonly [Key in Last]: string }
    : unknown);

/** The bytes of a field that is not a text. */
export const FIELD_BYTES: Readonly<Record<FieldKind, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  bytes16: 16,
  bytes22: 22,
  text: 2,
};
