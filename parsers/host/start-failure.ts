/**
 * What xapi and its clients say of a VM whose emulator did not start: FAILED_TO_START_EMULATOR with its three parameters (xen-api
 * ocaml/idl/datamodel_errors.ml: the VM, the emulator, a message) as logs, Xen Orchestra, Python and `xe` print it.
 */
import { ascii } from "../bytes.ts";
import { decodeUtf8 } from "../text/text-encoding.ts";
import type { LoggedFault } from "./host-file.ts";
import { LINE_END } from "./line-reader.ts";
import { timeOfLine } from "./log-time.ts";

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
/** On one line, in brackets of any kind, with the names that JSON has for the parts. Blanks are counted: a line may be full of them. */
const OF_XAPI =
  /FAILED_TO_START_EMULATOR["']?[\s,:([]{1,8}(?:["']?params["']?\s{0,4}:\s{0,4}\[\s{0,4})?["']?(OpaqueRef:[0-9A-Za-z-]{1,64})["']?\s{0,16}[;,]\s{0,16}["']?([A-Za-z0-9 _.-]{1,60}?)["']?\s{0,16}[;,]\s{0,16}(["']?)([^\]\n]{0,160})/;
/** The same of xenopsd, which calls a VM by its UUID (xen-api ocaml/xapi-idl/xen/xenops_interface.ml). */
const OF_XENOPS = new RegExp(
  `Failed_to_start_emulator[^0-9A-Za-z]{1,8}(?:S\\()?"?(${UUID})"?\\W{1,8}(?:S\\()?"?([A-Za-z0-9 _.-]{1,60}?)"?\\)?[;,]\\s*(?:S\\()?"?([^\\]")\\n]{0,160})`,
);
const TASK = /\b(R:[0-9a-f]{8,32})\b/;

/** The sentence that `xe` and XenCenter have for the error (datamodel_errors.ml); the parameters follow by their names. */
const SENTENCE = "An emulator required to run this VM failed to start";
const PARAMETER = /^[>|\s]{0,16}(vm|name|msg)[ \t]*:[ \t]*(.{0,400})$/;
const VM_OF_XE = new RegExp(`^(${UUID})(?: \\((.{1,128})\\))?\\s*$`);
/** A client that does not know the error prints its code, and all parameters on one line. */
const ERROR_CODE = /^[>|\s]{0,16}Error code: FAILED_TO_START_EMULATOR\s*$/;
const ERROR_PARAMETERS =
  /^[>|\s]{0,16}Error parameters: ?(OpaqueRef:[0-9A-Za-z-]{1,64}), ([A-Za-z0-9 _.-]{1,60}?), (.{0,160})$/;

/** Xen Orchestra prints what was asked before what went wrong: the VM is the \`id\` of that. */
const ASKED_FOR = new RegExp(`"(?:id|vm)"\\s{0,4}:\\s{0,4}"(${UUID})"`);
const ASKED_LINES = 40;
const JSON_CODE = /"code"\s{0,4}:\s{0,4}"FAILED_TO_START_EMULATOR"\s{0,16},?\s{0,16}$/;
const JSON_TEXT = /^[>|\s]{0,16}"((?:[^"\\]|\\.){0,400})"\s{0,16},?\s{0,16}$/;
const JSON_PARAMETERS = /^[>|\s]{0,16}"params"\s{0,4}:\s{0,4}\[\s*$/;

/** The task of xapi that a line belongs to; null where it says none. */
export function taskOf(line: string): string | null {
  return TASK.exec(line)?.[1] ?? null;
}

/** Lines are read with one character a byte; names of VMs are UTF-8. */
export function nameOfLine(text: string): string {
  return decodeUtf8(ascii(text));
}

/** True for a text that says with all parameters that an emulator did not start. */
export function tellsStartFailure(text: string): boolean {
  const reader = new StartFailureReader();
  const isTold = text.split(LINE_END).some((line, i) => reader.take(line, i + 1) !== null);
  return isTold || reader.end() !== null;
}

/** What was gathered of a failure whose parameters stand on lines of their own. */
interface Pending {
  readonly form: "xe" | "code" | "json";
  readonly line: number;
  readonly parts: Map<string, string>;
}

/** Fed line by line; a failure is given out on the line that completes it. */
export class StartFailureReader {
  private pending: Pending | null = null;
  private asked: { readonly uuid: string; readonly line: number } | null = null;

  take(line: string, number: number): LoggedFault | null {
    const before = this.pending === null ? null : this.continued(this.pending, line);
    if (before !== null) {
      this.begun(line, number);
      return before;
    }
    if (line.includes('"id"') || line.includes('"vm"')) {
      const uuid = ASKED_FOR.exec(line)?.[1];
      if (uuid !== undefined) this.asked = { uuid, line: number };
    }
    if (!line.includes("mulator") && !line.includes("EMULATOR")) return null;
    return this.onOneLine(line, number) ?? this.begun(line, number);
  }

  /** Of a text that ends within a failure. */
  end(): LoggedFault | null {
    const { pending } = this;
    this.pending = null;
    return pending === null ? null : this.finished(pending);
  }

  private onOneLine(line: string, number: number): LoggedFault | null {
    const time = timeOfLine(line);
    const task = taskOf(line);
    const base = { fault: "emulator-failed", time, line: number, domid: null } as const;
    const ofXapi = OF_XAPI.exec(line);
    if (ofXapi !== null) {
      const [, ref = null, emulator = "", quote = "", message = ""] = ofXapi;
      const uuid = time === null ? this.askedFor(number) : null;
      return { ...base, uuid, ref: task ?? ref, emulator, message: tidy(message, quote) };
    }
    const ofXenops = OF_XENOPS.exec(line);
    if (ofXenops === null) return null;
    const [, uuid = null, emulator = "", message = ""] = ofXenops;
    return { ...base, uuid, ref: task, emulator, message: tidy(message) };
  }

  private begun(line: string, number: number): null {
    const form = line.includes(SENTENCE)
      ? "xe"
      : ERROR_CODE.test(line)
        ? "code"
        : JSON_CODE.test(line)
          ? "json"
          : null;
    if (form !== null) this.pending = { form, line: number, parts: new Map() };
    return null;
  }

  /** Null where more is to come, or where this is the end of something that cannot be told. */
  private continued(pending: Pending, line: string): LoggedFault | null {
    const { form, parts } = pending;
    if (form === "xe") {
      const [, name, value = ""] = PARAMETER.exec(line) ?? [];
      if (name !== undefined && !parts.has(name)) {
        parts.set(name, value.trim());
        if (parts.size < 3) return null;
      }
      return this.end();
    }
    if (form === "code") {
      const [, ref, emulator, message] = ERROR_PARAMETERS.exec(line) ?? [];
      if (ref !== undefined)
        parts
          .set("ref", ref)
          .set("name", emulator ?? "")
          .set("msg", message ?? "");
      return this.end();
    }
    if (JSON_PARAMETERS.test(line) && parts.size === 0) return null;
    const text = JSON_TEXT.exec(line)?.[1];
    if (text === undefined) return this.end();
    parts.set(["ref", "name", "msg"][parts.size] ?? "", text.replaceAll('\\"', '"'));
    return parts.size === 3 ? this.end() : null;
  }

  private finished({ parts, line }: Pending): LoggedFault | null {
    const [, uuid = null, nameLabel] = VM_OF_XE.exec(parts.get("vm") ?? "") ?? [];
    const emulator = parts.get("name") ?? "";
    // Without its name it may be any emulator: nothing is known then.
    if (!/^[A-Za-z0-9 _.-]{1,60}$/.test(emulator)) return null;
    const ref = parts.get("ref") ?? null;
    return {
      fault: "emulator-failed",
      time: null,
      line,
      domid: null,
      uuid: uuid ?? (ref === null ? null : this.askedFor(line)),
      ...(nameLabel === undefined ? {} : { nameLabel: nameOfLine(nameLabel) }),
      ref,
      emulator,
      message: tidy(parts.get("msg") ?? "").slice(0, 160),
    };
  }

  private askedFor(line: number): string | null {
    return this.asked !== null && line - this.asked.line <= ASKED_LINES ? this.asked.uuid : null;
  }
}

/** Up to its closing quote, or without what closes the brackets around it. */
function tidy(message: string, quote = ""): string {
  const end =
    quote === "" ? message.search(/\)["']/) : message.search(quote === "'" ? /(?<!\\)'/ : /(?<!\\)"/);
  const text = (end < 0 ? message : message.slice(0, end)).replaceAll('\\"', '"');
  return quote === "" ? text.replace(/[\s)\]]+$/, "") : text;
}
