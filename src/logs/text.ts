/**
 * Message text as bytes: where its trailing white space begins, whether it is UTF-8, and its repair.
 *
 * Promises to look at bytes only within the range given and to allocate nothing but a repaired copy.
 *
 * @module
 */

/**
 * The end of `bytes[start, end)` without trailing white space: the code points with the Unicode property White_Space,
 * which is what the original agent trims. (`String.prototype.trimEnd` differs: it takes U+FEFF and leaves U+0085.)
 */
export function trimmedEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  while (end > start) {
    const last = bytes[end - 1] ?? 0;
    if (last === 0x20 || (last >= 0x09 && last <= 0x0d)) {
      end -= 1;
    } else if (last < 0x80) {
      return end;
    } else if (
      end - start >= 2 && bytes[end - 2] === 0xc2 &&
      (last === 0x85 || last === 0xa0)
    ) {
      end -= 2;
    } else if (
      end - start >= 3 &&
      isWideSpace(
        ((bytes[end - 3] ?? 0) << 16) | ((bytes[end - 2] ?? 0) << 8) | last,
      )
    ) {
      end -= 3;
    } else {
      return end;
    }
  }
  return end;
}

/** Whether three bytes are the UTF-8 form of U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F or U+3000. */
function isWideSpace(three: number): boolean {
  return (three >= 0xe28080 && three <= 0xe2808a) || three === 0xe280a8 ||
    three === 0xe280a9 || three === 0xe280af || three === 0xe2819f ||
    three === 0xe38080 || three === 0xe19a80;
}

/** Whether `bytes[start, end)` is well-formed UTF-8 (Unicode 16, table 3-7). */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const length = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) === 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (length === 0 || at + length > end) return false;
    const second = bytes[at + 1] ?? 0;
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return false;
    for (let more = 2; more < length; more++) {
      if (((bytes[at + more] ?? 0) & 0xc0) !== 0x80) return false;
    }
    at += length;
  }
  return true;
}

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * A copy of `bytes[start, end)` in which U+FFFD stands for each ill-formed sequence (its maximal subpart, as WHATWG
 * and Unicode recommend).
 */
export function repairedUtf8(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  return encoder.encode(lossy.decode(bytes.subarray(start, end)));
}

/**
 * The last place at or before `at` where a character of `bytes` may be cut: `at` itself, or the lead byte of the
 * character that `at` falls into. In ill-formed text it steps back at most three bytes.
 */
export function characterStart(bytes: Uint8Array, at: number): number {
  for (let back = 0; back < 4 && at - back >= 0; back++) {
    const byte = bytes[at - back] ?? 0;
    if ((byte & 0xc0) !== 0x80) {
      return back === 0 || byte >= 0xc0 ? at - back : at;
    }
  }
  return at;
}
