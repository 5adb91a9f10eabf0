/** What is installed on a host: `rpm-qa.out` of a bug report, or what `rpm -qa` prints. */
import { looksLikePackageList, PackageListReader } from "../host/package-list.ts";
import type { StreamedFormat } from "./format.ts";
import { hostFormat } from "./host-file.ts";

declare module "../model.ts" {
  interface FormatIds {
    "rpm-list": true;
  }
}

export const rpmList: StreamedFormat = hostFormat(
  "rpm-list",
  "a list of packages",
  looksLikePackageList,
  () => new PackageListReader(),
);
