export async function explain(..._: unknown[]): Promise<0> {
  return 0;
}
