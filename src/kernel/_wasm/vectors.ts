// Vectors that come from memory.
import { EACH_BYTE } from "./layout";

// Filled when the module starts.
for (let byte: usize = 0; byte < 128; byte++) store<u8>(EACH_BYTE + byte, <u8>byte);

/**
 * An ASCII byte, sixteen times, as it comes from memory. V8 makes a vector that it knows anew wherever it is used, in
 * the middle of a loop too, which costs a scan a quarter of its time and more; one that it does not know it keeps.
 */
export function sixteen(byte: usize): v128 {
  return v128.load_splat<u8>(EACH_BYTE + byte);
}

/** Whether a look-up by an ASCII byte takes its low nibble, as on x86. By a byte that is none it gives 0 everywhere. */
export const LOOKUPS_TAKE_LOW_NIBBLES: bool = takesLowNibble();

function takesLowNibble(): bool {
  if (ASC_FEATURE_SIMD) {
    return i8x16.extract_lane_u(i8x16.relaxed_swizzle(v128.load(EACH_BYTE), sixteen(0x41)), 0) === 1;
  }
  return false;
}
