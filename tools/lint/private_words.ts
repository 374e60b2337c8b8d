/**
 * Words that only this program's authors would know, each with the field's word for it.
 *
 * @module
 */

/** A word that identifiers do not use, and phrases that comments do not use. */
export interface PrivateWord {
  /** The word, or words, in an identifier; in lower case, by single spaces. */
  readonly word: string;
  /** What the field says. */
  readonly instead: string;
  /** How a comment would use it in the private sense. */
  readonly phrase?: RegExp;
  /** Paths below which the word has the field's meaning. */
  readonly legal?: readonly string[];
}

/** The list. */
export const PRIVATE_WORDS: readonly PrivateWord[] = [
  { word: "scout", instead: "scan worker", phrase: /\bscout(s|ed|ing)?\b/i },
  { word: "scouts", instead: "scan workers, worker pool" },
  { word: "scouted", instead: "parallel scan" },
  { word: "team", instead: "worker pool", phrase: /\b(the|a) team\b/i },
  {
    word: "turn",
    instead: "time slice, ticks",
    phrase: /\b(its|their|in|a|the|one|each|of one) turns?\b(?! (to|into) )/i,
  },
  { word: "turns", instead: "time slice, ticks" },
  { word: "round", instead: "poll, tick", phrase: /\brounds? of the event loop\b|\b(a|each|every|next|in) rounds?\b/i },
  { word: "rounds", instead: "poller, ticks" },
  { word: "crowd", instead: "idle GC", phrase: /\bcrowds?\b/i },
  { word: "crowds", instead: "idle GC" },
  { word: "leave", instead: "reauthorization", phrase: /\b(caller's|without|their) leave\b/i },
  { word: "look", instead: "stat, scan", legal: ["src/search/"] },
  { word: "looks", instead: "LogDirectory", legal: ["src/search/"] },
  { word: "looked", instead: "scanned", legal: ["src/search/"] },
  { word: "bell", instead: "manual changes", phrase: /\bbells?\b/i },
  { word: "ring", instead: "notify", phrase: /\brings\b/i },
  { word: "told", instead: "reported" },
  { word: "place", instead: "Cursor, ResultBuffer", legal: ["src/search/"] },
  { word: "places", instead: "paths, offsets", legal: ["src/search/"] },
  { word: "left files", instead: "retired" },
  { word: "forget left", instead: "closeRetired" },
  { word: "packed", instead: "gzipped", phrase: /\b(un)?packed\b/i },
  { word: "unpacked", instead: "gunzipped" },
  { word: "ways", instead: "alternatives" },
  { word: "way", instead: "alternative" },
  { word: "halves", instead: "low nibbles", phrase: /\blow halves\b/i },
  { word: "twin", instead: "scalar twin", phrase: /\bslow twins?\b/i },
  {
    word: "flight",
    instead: "single flight",
    legal: ["src/auth/", "src/rpc/", "src/config/", "src/cli/"],
    phrase: /\bshared flights?\b/i,
  },
  { word: "flights", instead: "single flight" },
  { word: "evidence", instead: "RequestCredentials", phrase: /\bevidence\b/i },
  { word: "said", instead: "given" },
  { word: "usual", instead: "fallback" },
  { word: "most", instead: "max" },
  { word: "trouble", instead: "retryable error", phrase: /\btroubles?\b/i },
  { word: "complain", instead: "warn", phrase: /\bcomplain(s|ed|t|ts)?\b/i },
  { word: "complaints", instead: "warnings" },
  { word: "made up", instead: "fake, synthetic", phrase: /\bmade[- ]up\b/i },
  { word: "stand in", instead: "fake", phrase: /\bstand-ins?\b/i },
  { word: "settled", instead: "idle", legal: [] },
  { word: "pace", instead: "rate limiter, backpressure", phrase: /\bpaces?\b/i },
];
