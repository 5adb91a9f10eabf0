/**
 * Where OpenSSL refuses every certificate, our own reader with OpenSSL's keys answers as the daemon did, on any Node: the recorded answers
 * once more, and the chains.
 */
import { vi } from "vitest";

vi.mock("../../platform/node/openssl-certificate.ts", () => ({ opensslCertificate: () => null }));

await import("../daemon/certificate-chain.test.ts");
await import("../daemon/recorded-answers.test.ts");
