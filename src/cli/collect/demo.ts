export function demo(_options: { print: (text: string) => void }): Promise<number> {
  return Promise.resolve(0);
}
