// Text: white space at its end, and whether it is UTF-8.

/** No answer: the scalar twin has to decide. */
export const UNSURE: usize = 0;

/**
 * Bytes 0x80 to 0xaf end the UTF-8 form of some white space; which one it is, if it is one, is left to the scalar twin.
 */
function mayBeWideSpace(start: usize, end: usize): bool {
  const last = load<u8>(end - 1);
  if (last < 0x80 || last > 0xaf) return false;
  if (end - start >= 2 && load<u8>(end - 2) === 0xc2) return true;
  if (end - start < 3) return false;
  const lead = load<u8>(end - 3);
  return lead === 0xe1 || lead === 0xe2 || lead === 0xe3;
}

/** The end of [start, end) without white space, or UNSURE. */
export function trimmedEnd(start: usize, end: usize): usize {
  let p = end;
  while (p > start) {
    const byte = load<u8>(p - 1);
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) p--;
    else return byte >= 0x80 && mayBeWideSpace(start, p) ? UNSURE : p;
  }
  return p;
}

/** Whether [start, end) is well-formed UTF-8 (Unicode 16, table 3-7). May read behind the end. */
export function isUtf8(start: usize, end: usize): bool {
  let p = start;
  while (p < end) {
    if (ASC_FEATURE_SIMD) {
      const mask = i8x16.bitmask(v128.load(p));
      if (mask === 0) {
        p += 16;
        continue;
      }
      p += ctz(mask);
      if (p >= end) return true;
    } else if (load<u8>(p) < 0x80) {
      p++;
      continue;
    }
    // One run of characters that are not ASCII.
    do {
      const lead = load<u8>(p);
      const rest = end - p;
      if (lead < 0xc2) return false;
      if (lead < 0xe0) {
        if (rest < 2 || (load<u8>(p, 1) & 0xc0) !== 0x80) return false;
        p += 2;
      } else if (lead < 0xf0) {
        if (rest < 3 || (load<u8>(p, 2) & 0xc0) !== 0x80) return false;
        const second = load<u8>(p, 1);
        const low: u8 = lead === 0xe0 ? 0xa0 : 0x80;
        const high: u8 = lead === 0xed ? 0x9f : 0xbf;
        if (second < low || second > high) return false;
        p += 3;
      } else {
        if (lead > 0xf4 || rest < 4 || (load<u8>(p, 2) & 0xc0) !== 0x80 || (load<u8>(p, 3) & 0xc0) !== 0x80) return false;
        const second = load<u8>(p, 1);
        const low: u8 = lead === 0xf0 ? 0x90 : 0x80;
        const high: u8 = lead === 0xf4 ? 0x8f : 0xbf;
        if (second < low || second > high) return false;
        p += 4;
      }
    } while (p < end && load<u8>(p) >= 0x80);
  }
  return true;
}
