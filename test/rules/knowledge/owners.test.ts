import { expect, test } from "vitest";
import {
  EFI_IMAGE_SECURITY_DATABASE,
  guidNamed,
  MICROSOFT_OWNER,
  SHIM_LOCK,
  XCP_NG_OWNER,
} from "../../../parsers/guids.ts";
import { MISSPELT_MICROSOFT_OWNER, signatureOwner } from "../../../rules/knowledge/owners.ts";
import { SVN_OWNER } from "../../../rules/knowledge/svn.ts";
import { CUSTOM_OWNER } from "../../builders/blob.ts";

const ownerOf = (guid: string): ReturnType<typeof signatureOwner> =>
  signatureOwner(guid, EFI_IMAGE_SECURITY_DATABASE);

test("known owners have their publisher's name", () => {
  expect(ownerOf(MICROSOFT_OWNER)).toEqual({ guid: MICROSOFT_OWNER, name: "Microsoft", meant: null });
  expect(ownerOf(XCP_NG_OWNER).name).toBe("XCP-ng");
  expect(ownerOf(SHIM_LOCK).name).toBe("SHIM_LOCK");
});

test("an unknown owner has no name and no fault", () => {
  expect(ownerOf(CUSTOM_OWNER)).toEqual({ guid: CUSTOM_OWNER, name: null, meant: null });
});

test("owners that home-made tools write are named", () => {
  expect(ownerOf("00000000-0000-0000-0000-000000000000").name).toBe("nobody (all zeros)");
  expect(ownerOf("11111111-1111-1111-1111-111111111111").name).toBe("test data (all ones)");
  expect(signatureOwner(CUSTOM_OWNER, CUSTOM_OWNER).name).toBe("the variable's own GUID");
});

test("Microsoft's misspelt owner means Microsoft", () => {
  expect(ownerOf(MISSPELT_MICROSOFT_OWNER)).toMatchObject({
    name: "Microsoft (misspelt)",
    meant: MICROSOFT_OWNER,
  });
});

test("an application's GUID where the SVN owner belongs means the SVN owner, which itself is right", () => {
  expect(ownerOf(guidNamed("bootmgr"))).toMatchObject({ name: "bootmgr", meant: SVN_OWNER });
  expect(ownerOf(SVN_OWNER).meant).toBeNull();
});

test("an owner that was written big endian is recognised", () => {
  const swapped = "bd9afa77-5903-324d-bd60-28f4e78f784b";
  expect(ownerOf(swapped)).toEqual({
    guid: swapped,
    name: "Microsoft (bytes swapped)",
    meant: MICROSOFT_OWNER,
  });
});
