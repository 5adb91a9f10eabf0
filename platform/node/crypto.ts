/**
 * OpenSSL, loaded when the first byte is hashed: an import would cost every start three milliseconds, also
 * that of commands which hash nothing.
 */
export function nodeCrypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}
