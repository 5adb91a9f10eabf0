export async function repair(..._: unknown[]): Promise<0> {
  return 0;
}
