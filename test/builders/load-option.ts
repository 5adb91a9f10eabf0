/** Makes load options and device paths (UEFI 2.10 §3.1.3, §10.3). */
import { concatBytes } from "../../parsers/bytes.ts";
import { char16Bytes } from "../../parsers/efi/char16.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";

const u16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >> 8);
const u32 = (value: number): Uint8Array => concatBytes([u16(value & 0xffff), u16(value >>> 16)]);

export function deviceNode(type: number, subType: number, data: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(type, subType), u16(4 + data.length), data]);
}

export const END_OF_PATH: Uint8Array = deviceNode(0x7f, 0xff, new Uint8Array(0));

export interface LoadOptionFields {
  /** LOAD_OPTION_ACTIVE where it is left out. */
  readonly attributes?: number;
  readonly description: string;
  /** With its end. */
  readonly path: Uint8Array;
  readonly optionalData?: Uint8Array;
}

export function makeLoadOption(fields: LoadOptionFields): Uint8Array {
  const { attributes = 1, description, path, optionalData = new Uint8Array(0) } = fields;
  return concatBytes([
    u32(attributes),
    u16(path.length),
    char16Bytes(`${description}\0`),
    path,
    optionalData,
  ]);
}

const PARTITION = "c1a7f0de-5b6e-4f52-9d1c-0a4f7e3b2d10";

/** A loader on the first partition of a GPT disk. */
export function diskOption(description: string, attributes = 1): Uint8Array {
  const disk = concatBytes([
    u32(1),
    concatBytes([u32(2048), u32(0)]),
    concatBytes([u32(1_048_576), u32(0)]),
    guidBytes(PARTITION),
    Uint8Array.of(2, 2),
  ]);
  const file = char16Bytes("\\EFI\\BOOT\\BOOTX64.EFI\0");
  const path = concatBytes([deviceNode(4, 1, disk), deviceNode(4, 4, file), END_OF_PATH]);
  return makeLoadOption({ attributes, description, path });
}

/** The firmware's own menu, as edk2 makes it: hidden, and an application. */
export function firmwareMenuOption(): Uint8Array {
  const path = concatBytes([
    deviceNode(4, 7, guidBytes("7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1")),
    deviceNode(4, 6, guidBytes("462caa21-7614-4503-836e-8ab6f4662331")),
    END_OF_PATH,
  ]);
  return makeLoadOption({ attributes: 0x109, description: "UiApp", path });
}
