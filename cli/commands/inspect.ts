export async function inspect(..._: unknown[]): Promise<0> {
  return 0;
}
