/**
 * The two daemons that differ in what they answer. `unfixed`: varstored up to 1.2.0 checks an append against the total
 * limit only. `fixed`: from 1.3.1 on, and XCP-ng's 1.2.0-3.2, it also checks the length of the variable (CA-419599).
 */
export type DaemonVersion = "fixed" | "unfixed";
export const DAEMON_VERSIONS: readonly DaemonVersion[] = ["unfixed", "fixed"];
