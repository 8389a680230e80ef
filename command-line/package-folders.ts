/** All folders that have packages of their own: see package-folder.ts. */
const at = (path: string) => new URL(`../${path}/`, import.meta.url)

export const PACKAGE_FOLDERS: readonly URL[] = [
  at('bench/frameworks'),
  at('bench/pools'),
  at('charts'),
  at('examples/29-a-chat-page/page'),
  at('examples/31-mcp-tools/server'),
  at('test/integrations'),
]
