/** The daemon's mind answers without OpenSSL what it answers with it: its own tests, once more. */
import { vi } from "vitest";

vi.mock("../../platform/node/verifier.ts", async () => ({
  nodeSignatureVerifier: (await import("../../platform/portable/verifier.ts")).portableSignatureVerifier,
}));

await import("../daemon/certificate-chain.test.ts");
await import("../daemon/pkcs7-verify.test.ts");
await import("../daemon/recorded-answers.test.ts");
await import("../daemon/recorded-set-variable.test.ts");
