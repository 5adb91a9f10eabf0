/** A copy that remedies are asked about. */
import type { Patient } from "../../../report/remedies/remedy.ts";

export const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";

/** The VM's own NVRAM in an export, without a symptom. */
export const PATIENT: Patient = {
  path: "a.xva",
  format: "xva",
  vm: 0,
  uuid: UUID,
  nameLabel: "vm 1",
  kind: "vm",
  source: "NVRAM",
  place: "vm",
  verdict: "at-risk",
  errorCode: null,
  symptoms: [],
  advice: null,
};
