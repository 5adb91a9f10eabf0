/**
 * The frame of Microsoft's dbx_info table (secureboot_objects, HashesJsonSchema.json), for ajv: what is in it is read leniently, so that
 * one odd entry does not lose the others.
 */
const LIST = { type: "array" };

/** By the name of the check. */
export const DBX_INFO_SCHEMAS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  checkDbxInfo: {
    type: "object",
    properties: {
      images: { type: "object", additionalProperties: LIST },
      certificates: LIST,
      svns: LIST,
    },
  },
};
