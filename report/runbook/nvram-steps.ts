/** The NVRAM alone goes back to a VM or template of the pool: from a file by the host's script, or by `xe`. */

import { programCall } from "../program-call.ts";
import { shellPath } from "../render/shell.ts";
import {
  fitsXeArgument,
  MAX_ARGUMENT_BYTES,
  NOW,
  restoreCommand,
  textBytes,
  WHERE_IN_FIRMWARE,
  WHERE_NOT_RUNNING,
  type XeRecord,
  xeArgumentBytes,
  xeReadCommand,
  xeWriteCommands,
} from "./host-commands.ts";
import type { RunbookStep, RunbookSubject } from "./step.ts";
import { fromHost, hostFile, lookUpSteps, savedName, toHost, uuidWord } from "./words.ts";

export function nvramSteps(subject: RunbookSubject): RunbookStep[] {
  const { vm } = subject;
  return [
    ...deliverySteps(subject),
    ...lookUpSteps(vm),
    stopStep(uuidWord(vm)),
    backUpStep(subject, "vm"),
    ...restoreSteps(subject, uuidWord(vm), "vm"),
    checkStep(uuidWord(vm), savedName(vm, "after"), subject.textSha256, "vm"),
    secondLookStep(savedName(vm, "after")),
    {
      title: "Start the VM",
      machine: "host",
      commands: [`xe vm-start uuid=${uuidWord(vm)}`],
      note: null,
    },
    rollBackStep(subject, "vm"),
  ];
}

/** A template is never running; VMs made of it before keep their own NVRAM. */
export function templateSteps(subject: RunbookSubject): RunbookStep[] {
  const { vm } = subject;
  return [
    ...deliverySteps(subject),
    ...lookUpSteps(vm),
    backUpStep(subject, "template"),
    ...restoreSteps(subject, uuidWord(vm), "template"),
    {
      ...checkStep(uuidWord(vm), savedName(vm, "after"), subject.textSha256, "template"),
      note: 'The first command says "-: OK". VMs that were made from the template before keep their own NVRAM: look at each of them.',
    },
    secondLookStep(savedName(vm, "after")),
    rollBackStep(subject, "template"),
  ];
}

const HOST_NOTE =
  "HOST is its address, which a host of the pool tells: xe host-list uuid=$(xe pool-list params=master --minimal) params=address.";

/** The text that a host takes, on the host. */
export function deliverySteps(subject: RunbookSubject): RunbookStep[] {
  const { form, file, emit } = subject;
  const text = textFile(subject);
  const encode = form === "blob" ? [encodeCommand(file, text)] : [];
  const write = form === "document" ? [emit.command] : [];
  return [
    {
      title: "Copy the repaired NVRAM to the pool's master",
      machine: "workstation",
      commands: [...write, ...encode, toHost(text)],
      note: `${HOST_NOTE} The text has ${textBytes(subject.blobBytes)} bytes in one line and no newline.`,
    },
  ];
}

function encodeCommand(file: string, text: string): string {
  return `base64 -w 0 ${shellPath(file)} > ${shellPath(text)}`;
}

export function stopStep(uuid: string): RunbookStep {
  return {
    title: "Shut the VM down",
    machine: "host",
    commands: [`xe vm-shutdown uuid=${uuid}`, `xe vm-param-get uuid=${uuid} param-name=power-state`],
    note: `It has to be halted; the first command fails where it is already. ${WHERE_NOT_RUNNING} Where varstored refuses the NVRAM of the saved state, too, force=true behind the first command discards that state, with what was in the VM's memory. ${WHERE_IN_FIRMWARE}`,
  };
}

function backUpStep({ vm }: RunbookSubject, record: XeRecord): RunbookStep {
  const saved = hostFile(savedName(vm, "before"));
  return {
    title: "Back up what is there now",
    machine: "host",
    commands: [
      // What was saved before a first attempt is the one that counts.
      `test ! -e ${saved} || mv ${saved} ${saved}.${NOW}`,
      `${xeReadCommand(uuidWord(vm), record)} > ${saved}`,
      `wc -c ${saved}`,
    ],
    note: "An older file of that name gets the time behind it. Go on only if the file is not empty, and keep a copy elsewhere.",
  };
}

/** The host's script reads a file, so size does not matter to it; an argument of `xe` has a limit. */
export function restoreSteps(subject: RunbookSubject, uuid: string, record: XeRecord): RunbookStep[] {
  const file = hostFile(textFile(subject));
  if (!subject.scriptRestores) return [writeByXeStep(subject, uuid, file, record)];
  const script: RunbookStep = {
    title: "Write the repaired NVRAM",
    machine: "host",
    commands: [restoreCommand(uuid, file)],
    note: 'It ends with "Restore OK", and saves what was there before into the current folder once more. The script comes with varstored 1.2.0-3.3 and newer (fix-efivars.py, since mid 2026 fix-efivars), and runs on the pool\'s master.',
  };
  const bytes = xeArgumentBytes(subject.blobBytes);
  const other: RunbookStep = fitsXeArgument(subject.blobBytes)
    ? {
        title: "Only on a host without that script: the same by xe",
        machine: "host",
        commands: xeWriteCommands(uuid, file, record),
        note: NO_NVRAM_BETWEEN,
      }
    : {
        title: "On a host without that script: update varstored first",
        machine: "host",
        commands: [],
        note: `xe cannot do it: its argument would have ${bytes} bytes, and Linux takes ${MAX_ARGUMENT_BYTES}.`,
      };
  return [script, other];
}

const NO_SCRIPT =
  "The host's script (fix-efivars) cannot: it reads every name as UTF-16, and stops at one of this NVRAM that is none.";
const NO_NVRAM_BETWEEN =
  "Between the two commands the VM has no NVRAM: do not start it there. It would get a new one.";

/** The daemon and `xe` take names as they are. */
function writeByXeStep(
  { blobBytes }: RunbookSubject,
  uuid: string,
  file: string,
  record: XeRecord,
): RunbookStep {
  if (fitsXeArgument(blobBytes))
    return {
      title: "Write the repaired NVRAM by xe",
      machine: "host",
      commands: xeWriteCommands(uuid, file, record),
      note: `${NO_SCRIPT} ${NO_NVRAM_BETWEEN}`,
    };
  return {
    title: "Bring the repaired NVRAM back by an export: nothing on a host writes this one",
    machine: "host",
    commands: [],
    note: `${NO_SCRIPT} Nor can xe: its argument would have ${xeArgumentBytes(blobBytes)} bytes, and Linux takes ${MAX_ARGUMENT_BYTES}. An import takes it: export the VM (xe ${record}-export), repair that file with varscope, and follow the steps that it prints.`,
  };
}

export const BEFORE_START = "Do this before the VM starts: its NVRAM is written anew then.";

export function checkStep(uuid: string, saved: string, textSha256: string, record: XeRecord): RunbookStep {
  return {
    title: "Check that it is there",
    machine: "host",
    commands: [
      `${xeReadCommand(uuid, record)} | sha256sum -c <(echo "${textSha256}  -")`,
      `varstore-ls ${uuid}`,
      `${xeReadCommand(uuid, record)} > ${hostFile(saved)}`,
    ],
    note: `The first command says "-: OK", the second one lists the variables by the daemon's own loader. ${BEFORE_START}`,
  };
}

export function secondLookStep(saved: string): RunbookStep {
  return {
    title: "Look at the fresh dump",
    machine: "workstation",
    commands: [fromHost(saved), `${programCall()} ${saved}`],
    note: null,
  };
}

function rollBackStep({ vm, scriptRestores, blobBytes }: RunbookSubject, record: XeRecord): RunbookStep {
  const stop = record === "vm" ? [`xe vm-shutdown uuid=${uuidWord(vm)}`] : [];
  const saved = hostFile(savedName(vm, "before"));
  // A repair leaves names as they are: what stops the script now was there before.
  const byXe = !scriptRestores && fitsXeArgument(blobBytes);
  const write = byXe ? xeWriteCommands(uuidWord(vm), saved, record) : [restoreCommand(uuidWord(vm), saved)];
  return {
    title: "To roll back: put the saved NVRAM in its place again",
    machine: "host",
    commands: [...stop, ...(scriptRestores || byXe ? write : [])],
    note: `${rollBackNote(scriptRestores, byXe)} What the guest wrote since is lost.`,
  };
}

function rollBackNote(scriptRestores: boolean, byXe: boolean): string {
  if (scriptRestores)
    return "The script refuses a text that it cannot read; such an NVRAM would not start anyway.";
  return byXe ? NO_NVRAM_BETWEEN : "It goes back as it came, by the export of before.";
}

/** The file with the base64 text on the workstation. */
function textFile({ form, file, emit }: RunbookSubject): string {
  if (form === "document") return emit.file;
  return form === "text" ? file : `${file.replace(/\.vars$/, "")}.efivars.b64`;
}
