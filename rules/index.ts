/** All rules, in the order in which findings are reported and repairs are applied. A test compares this list with the folder. */
import { badMagic } from "./bad-magic.ts";
import { base64NotLoadable } from "./base64-not-loadable.ts";
import { blobTooShort } from "./blob-too-short.ts";
import { duplicateSignature } from "./duplicate-signature.ts";
import { duplicateVariable } from "./duplicate-variable.ts";
import { malformedSignatureList } from "./malformed-signature-list.ts";
import { missingVariables } from "./missing-variables.ts";
import type { Rule } from "./rule.ts";
import { trailingBytes } from "./trailing-bytes.ts";
import { truncatedBlob } from "./truncated-blob.ts";
import { unsupportedVersion } from "./unsupported-version.ts";
import { variableCountOverLimit } from "./variable-count-over-limit.ts";
import { variableDataEmpty } from "./variable-data-empty.ts";
import { variableDataOverLimit } from "./variable-data-over-limit.ts";
import { variableNameEmpty } from "./variable-name-empty.ts";
import { variableNameOverLimit } from "./variable-name-over-limit.ts";
import { wrongSignatureOwner } from "./wrong-signature-owner.ts";

export const RULES: readonly Rule[] = [
  base64NotLoadable,
  blobTooShort,
  badMagic,
  unsupportedVersion,
  variableCountOverLimit,
  missingVariables,
  truncatedBlob,
  trailingBytes,
  variableNameEmpty,
  variableNameOverLimit,
  variableDataEmpty,
  variableDataOverLimit,
  malformedSignatureList,
  wrongSignatureOwner,
  duplicateSignature,
  duplicateVariable,
];
