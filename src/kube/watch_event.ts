/**
 * The events of listing and watching the objects of one kind.
 *
 * `Init` begins a list, `InitApply` is an object in it, `InitDone` ends it: what was there before and is not in the
 * list is gone. A list can fail in the middle; then another `Init` follows without an `InitDone`. Changes come one by
 * one between lists.
 *
 * @module
 */

/** An event of the objects of one kind. */
export type WatchEvent<T> =
  | { readonly type: "Init" | "InitDone" }
  | { readonly type: "InitApply" | "Apply" | "Delete"; readonly object: T };
