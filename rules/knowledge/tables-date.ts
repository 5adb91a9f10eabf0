/** How new the built-in tables are: a report says it, because what came later it does not know. */
import { DBX_DATA } from "./dbx-data.ts";

/** `YYYY-MM-DD` of the newest of Microsoft's releases in them. */
export const TABLES_DATE: string =
  DBX_DATA.releases
    .map(({ date }) => date)
    .sort()
    .at(-1) ?? "";
