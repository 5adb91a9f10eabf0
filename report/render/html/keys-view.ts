/** The chain of keys: which certificates stand where, until when they are valid, what is missing, who can still write what. */
import type { CertificateEntry, DatabaseLayout } from "../../detail/database-layout.ts";
import type { DetailReport } from "../../detail/detail.ts";
import type { FindingReport } from "../../finding.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { ownerFill, ownerName } from "./owner.ts";
import { grouped, share } from "./picture.ts";
import { breaks } from "./words.ts";

const FIRST_YEAR = 2010;
const LAST_YEAR = 2050;
const TICKS = [2011, 2020, 2030, 2040];
const CHAIN = ["PK", "KEK", "db"];

/** Empty where the NVRAM holds none of PK, KEK, db and dbx. `asOf` is `YYYY-MM-DD`. */
export function keysView(detail: DetailReport, findings: readonly FindingReport[], asOf: string): Markup {
  const layouts = new Map(detail.databases.map((layout) => [layout.name, layout]));
  if (layouts.size === 0) return NOTHING;
  const missing = missingNames(findings);
  const mode = detail.keys?.mode;
  return markup`${mode === undefined ? NOTHING : markup`<p>${mode === "setup" ? "Setup mode: there is no PK (platform key), so varstored asks for no signature." : "User mode: there is a PK (platform key), and each variable is written only with a signature that the one before it allows."}</p>\n`}<div class="flow">${box("PK", "platform key", layouts, missing, asOf)}${arrow()}${box("KEK", "key exchange keys", layouts, missing, asOf)}${arrow()}${box("db", "what may start", layouts, missing, asOf, dbxBox(layouts))}</div>
${certificateTable(layouts, missing, asOf)}${writersList(detail)}`;
}

/** Common names of certificates that a finding says are missing, by variable. */
function missingNames(findings: readonly FindingReport[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const { ruleId, facts } of findings) {
    const variable = ruleId === "kek-2023-missing" ? "KEK" : ruleId === "db-2023-missing" ? "db" : null;
    if (variable === null) continue;
    const told = facts["missing"];
    names.set(variable, Array.isArray(told) ? told.map(String) : typeof told === "string" ? [told] : []);
  }
  return names;
}

function box(
  name: string,
  meaning: string,
  layouts: ReadonlyMap<string, DatabaseLayout>,
  missing: ReadonlyMap<string, readonly string[]>,
  asOf: string,
  more: Markup = NOTHING,
): Markup {
  const layout = layouts.get(name);
  const items =
    layout === undefined
      ? [markup`<li class="bad">not there</li>`]
      : layout.certificates.map(
          (one) =>
            markup`<li>${titleOf(one)}${isOver(one, asOf) ? markup` <span class="warn">ended ${yearOf(one)}</span>` : NOTHING}</li>`,
        );
  const lacks = (missing.get(name) ?? []).map((one) => markup`<li class="warn">${one} is missing</li>`);
  return markup`<div class="box"><h3>${name} <small>${meaning}</small></h3><ul>${items}${lacks}</ul>${more}</div>`;
}

function dbxBox(layouts: ReadonlyMap<string, DatabaseLayout>): Markup {
  const dbx = layouts.get("dbx");
  const text =
    dbx === undefined
      ? markup`<li class="warn">not there</li>`
      : markup`<li>${dbx.distinct === 1 ? "1 different entry" : `${grouped(dbx.distinct)} different entries`}, ${grouped(dbx.bytes)} bytes</li>`;
  return markup`<h3>dbx <small>what is revoked</small></h3><ul>${text}</ul>`;
}

function arrow(): Markup {
  return markup`<div class="arrow"><svg viewBox="0 0 42 14" aria-hidden="true"><path d="M0 7H38M32 2l7 5-7 5"></path></svg>signs writes of</div>`;
}

function certificateTable(
  layouts: ReadonlyMap<string, DatabaseLayout>,
  missing: ReadonlyMap<string, readonly string[]>,
  asOf: string,
): Markup {
  const groups = CHAIN.flatMap((name) => {
    const certificates = layouts.get(name)?.certificates ?? [];
    const lacks = missing.get(name) ?? [];
    return certificates.length + lacks.length === 0 ? [] : [{ name, certificates, lacks }];
  });
  if (groups.length === 0) return NOTHING;
  const ticks = TICKS.map(
    (year) =>
      markup`<text x="${share(year - FIRST_YEAR, LAST_YEAR - FIRST_YEAR)}" y="12" text-anchor="middle">${year}</text>`,
  );
  return markup`<div class="scroll"><table class="certificates cards"><caption>Certificates, by the variable that holds them. The line is ${asOf}. What a certificate signed before it ended stays good: firmware does not look at the date.</caption><thead><tr><th scope="col">Certificate</th><th scope="col">Owner</th><th scope="col">Valid <svg class="years" height="16" aria-hidden="true">${ticks}</svg></th><th scope="col" class="number">Until</th></tr></thead><tbody>
${groups.map(({ name, certificates, lacks }) => markup`<tr class="group"><th scope="rowgroup" colspan="4">${name}</th></tr>\n${certificates.map((one) => certificateRow(one, asOf))}${lacks.map(missingRow)}`)}</tbody></table></div>
`;
}

function certificateRow(one: CertificateEntry, asOf: string): Markup {
  const { owner, notBefore, notAfter, purpose } = one;
  const over = isOver(one, asOf);
  const from = place(notBefore);
  const to = place(notAfter);
  const line = place(asOf) ?? "0%";
  const picture =
    from === null || to === null || notBefore === null || notAfter === null
      ? NOTHING
      : markup`<svg aria-hidden="true"><rect x="${from}" width="${widthOf(notBefore, notAfter)}" y="8" height="10" rx="2" class="${over ? "o-rest" : ownerFill(owner)}"></rect><line x1="${line}" x2="${line}" y1="0" y2="26" class="limit"></line></svg>`;
  return markup`<tr><td${breaks(titleOf(one))}>${titleOf(one)}${purpose === null ? NOTHING : markup`<br><small>${purpose}</small>`}</td><td data-label="owner">${ownerName(owner)}</td><td>${picture}</td><td class="number" data-label="until">${notAfter === null ? "not read" : notAfter.slice(0, 10)}${over ? markup`<br><small class="warn">ended</small>` : NOTHING}</td></tr>
`;
}

function missingRow(name: string): Markup {
  return markup`<tr><td class="warn">${name}<br><small>is missing</small></td><td></td><td></td><td></td></tr>\n`;
}

function titleOf({ commonName, subject, sha256 }: CertificateEntry): string {
  return commonName ?? subject ?? `not a certificate that can be read (SHA-256 ${sha256.slice(0, 16)}…)`;
}

function isOver({ notAfter }: CertificateEntry, asOf: string): boolean {
  return notAfter !== null && notAfter.slice(0, 10) < asOf;
}

function yearOf({ notAfter }: CertificateEntry): string {
  return (notAfter ?? "").slice(0, 4);
}

/** Years with their parts; null for what is no date. */
function yearsOf(date: string): number | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(date) ?? [];
  if (year === undefined) return null;
  const years = Number(year) + (Number(month) - 1) / 12 + (Number(day) - 1) / 365;
  return Math.min(LAST_YEAR, Math.max(FIRST_YEAR, years));
}

function place(date: string | null): string | null {
  const years = date === null ? null : yearsOf(date);
  return years === null ? null : share(years - FIRST_YEAR, LAST_YEAR - FIRST_YEAR);
}

function widthOf(from: string, to: string): string {
  const length = (yearsOf(to) ?? FIRST_YEAR) - (yearsOf(from) ?? FIRST_YEAR);
  // What ends with the day it begins is still to be seen.
  return share(Math.max(0.2, length), LAST_YEAR - FIRST_YEAR);
}

function writersList({ keys }: DetailReport): Markup {
  if (keys === null || keys.variables.length === 0) return NOTHING;
  const items = keys.variables.map(({ reasoning }) => markup`<li>${reasoning.conclusion.text}</li>\n`);
  return markup`<h3>Who can still change the keys</h3>\n<ul class="plain">${items}</ul>\n`;
}
