/**
 * Counts the streams of a connection that HTTP/2 refuses by itself, without a word to anybody here: those beyond the
 * number that may be open, and those whose metadata it does not take.
 *
 * @module
 */

/** Why a stream was refused. */
export type HeadLimit = "streams_per_connection" | "metadata_size";

/** What is counted. */
export interface StreamHeadsOptions {
  /** So many streams may be open. */
  readonly maxStreams: number;
  /** Takes each refusal; that of metadata when the next stream begins. */
  readonly onRefused: (limit: HeadLimit) => void;
}

/** The heads of the streams of one connection. */
export interface StreamHeads {
  /** Takes the number of a stream whose head comes from the client; that of trailers, too. */
  head(this: void, id: number): void;
  /** HTTP/2 has opened a stream. */
  open(id: number): void;
  /** An open stream is over. */
  close(): void;
}

/** A connection without streams. */
export function createStreamHeads({ maxStreams, onRefused }: StreamHeadsOptions): StreamHeads {
  /** Those that HTTP/2 has not opened, in their order: it does so a tick later. */
  const waiting = new Set<number>();
  let lastId = 0;
  let isOpen = 0;
  return {
    head: (id) => {
      if (id <= lastId) return;
      lastId = id;
      if (isOpen + waiting.size >= maxStreams) onRefused("streams_per_connection");
      else waiting.add(id);
    },
    open: (id) => {
      for (const each of waiting) {
        if (each > id) break;
        waiting.delete(each);
        if (each < id) onRefused("metadata_size");
      }
      isOpen++;
    },
    close: () => void isOpen--,
  };
}
