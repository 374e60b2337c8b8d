/**
 * The text of a PEM file that a setting names.
 *
 * @module
 */
import { readFileText } from "../config/file_text.ts";
import { CredentialFileError, MAX_PEM_BYTES, type PemFile } from "../rpc/transport/pem.ts";

/** Reads a file, which `what` names in messages; rejects with `CredentialFileError`. */
export async function readPem(path: string, what: string): Promise<PemFile> {
  try {
    return { path, text: await readFileText(path, { maxBytes: MAX_PEM_BYTES, onlyRegular: true }) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CredentialFileError(`Cannot read ${what} "${path}": ${detail}`, { cause: error });
  }
}
