/** PCR 7 of a TPM, SHA-256 bank: what is extended into it, and its value (SecurityPkg Tcg2Dxe.c, Measurement.c; shim tpm.c). */
import { concatBytes, toHex, viewOf } from "../parsers/bytes.ts";
import { char16Bytes } from "../parsers/efi/char16.ts";
import { guidBytes } from "../parsers/efi/guid.ts";
import { EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE } from "../parsers/guids.ts";
import type { FirmwareVariables } from "./variables.ts";

export interface Pcr7Event {
  readonly type: "EV_EFI_VARIABLE_DRIVER_CONFIG" | "EV_SEPARATOR" | "EV_EFI_VARIABLE_AUTHORITY";
  readonly name: string;
  readonly sha256: string;
}

type Sha256 = (bytes: Uint8Array) => Uint8Array;

export class Pcr7 {
  readonly events: Pcr7Event[] = [];
  #value: Uint8Array = new Uint8Array(32);
  readonly #sha256: Sha256;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  get value(): string {
    return toHex(this.#value);
  }

  /** Digest of a UEFI_VARIABLE_DATA, which tells whether it was measured before. */
  digestOf(name: string, guid: string, data: Uint8Array): string {
    const lengths = new Uint8Array(16);
    viewOf(lengths).setBigUint64(0, BigInt(name.length), true);
    viewOf(lengths).setBigUint64(8, BigInt(data.length), true);
    return toHex(this.#sha256(concatBytes([guidBytes(guid), lengths, char16Bytes(name), data])));
  }

  extend(type: Pcr7Event["type"], name: string, sha256: string): void {
    const digest = Uint8Array.from(sha256.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    this.#value = this.#sha256(concatBytes([this.#value, digest]));
    this.events.push({ type, name, sha256 });
  }

  /** MeasureSecureBootPolicy: one that is missing is measured with no data, dbt only where it is there. */
  startPolicy(variables: FirmwareVariables, secureBoot: boolean): void {
    const config = (name: string, guid: string, data: Uint8Array | null): void =>
      this.extend(
        "EV_EFI_VARIABLE_DRIVER_CONFIG",
        name,
        this.digestOf(name, guid, data ?? new Uint8Array(0)),
      );
    config("SecureBoot", EFI_GLOBAL_VARIABLE, Uint8Array.of(secureBoot ? 1 : 0));
    for (const name of ["PK", "KEK"]) config(name, EFI_GLOBAL_VARIABLE, variables.global(name));
    for (const name of ["db", "dbx"] as const)
      config(name, EFI_IMAGE_SECURITY_DATABASE, variables.database(name));
    const dbt = variables.database("dbt");
    if (dbt !== null) config("dbt", EFI_IMAGE_SECURITY_DATABASE, dbt);
    this.extend("EV_SEPARATOR", "", toHex(this.#sha256(new Uint8Array(4))));
  }
}

/** What one program (the firmware, a shim) has measured as reason to accept: each reason once. */
export class Authorities {
  readonly #pcr7: Pcr7;
  readonly #measured = new Set<string>();

  constructor(pcr7: Pcr7) {
    this.#pcr7 = pcr7;
  }

  measure(name: string, guid: string, data: Uint8Array): void {
    const digest = this.#pcr7.digestOf(name, guid, data);
    if (this.#measured.has(digest)) return;
    this.#measured.add(digest);
    this.#pcr7.extend("EV_EFI_VARIABLE_AUTHORITY", name, digest);
  }
}
