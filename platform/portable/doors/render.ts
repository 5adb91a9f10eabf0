import type { RenderFormat } from "../../../library/api/public.ts";
import { render as renderOn } from "../../../library/api/render.ts";
import type { Report } from "../../../library/api/types.ts";
import { portableMachine } from "../machine.ts";

/**
 * Renders a report as one HTML page (which loads nothing), as Markdown, SARIF 2.1.0 or JUnit XML. Rejects with TypeError for any
 * other format.
 */
export function render(report: Report, format: RenderFormat): Promise<string> {
  return renderOn(portableMachine, report, format);
}
