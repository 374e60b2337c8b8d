/**
 * Names with `*` for any text and `?` for any one character.
 *
 * @module
 */

/** Reports whether a word has such a character. */
export function isGlob(word: string): boolean {
  return /[*?]/.test(word);
}

/**
 * Reports whether a name has the form of a glob. The work is the product of both lengths at most: after a mismatch only
 * the last `*` is tried again.
 */
export function matchesGlob(glob: string, name: string): boolean {
  let inGlob = 0;
  let inName = 0;
  let star = -1;
  let retry = 0;
  while (inName < name.length) {
    if (glob[inGlob] === "*") {
      star = inGlob++;
      retry = inName;
    } else if (inGlob < glob.length && (glob[inGlob] === "?" || glob[inGlob] === name[inName])) {
      inGlob++;
      inName++;
    } else if (star >= 0) {
      inGlob = star + 1;
      inName = ++retry;
    } else {
      return false;
    }
  }
  while (glob[inGlob] === "*") inGlob++;
  return inGlob === glob.length;
}
