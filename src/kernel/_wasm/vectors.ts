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
