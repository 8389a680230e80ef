/** All mutants, and how one changes the sources. */
import { MCP_MUTANTS } from './mcp-mutants.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import { ROUTER_MUTANTS } from './router-mutants.ts'
import { RUN_MUTANTS } from './run-mutants.ts'
import { TEAM_MUTANTS } from './team-mutants.ts'
import { TOOL_MUTANTS } from './tool-mutants.ts'
import { TURN_MUTANTS } from './turn-mutants.ts'

export const ALL: readonly Mutant[] = [
  ...MUTANTS,
  ...TURN_MUTANTS,
  ...ROUTER_MUTANTS,
  ...TEAM_MUTANTS,
  ...RUN_MUTANTS,
  ...TOOL_MUTANTS,
  ...MCP_MUTANTS,
]

/**
 * The files that a mutant changes, by path, with their changed text. Throws if one of its edits
 * does not match exactly once.
 */
export function mutated(
  { edits, name }: Mutant,
  read: (file: string) => string,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const [file, from, to] of edits) {
    const text = texts.get(file) ?? read(file)
    const found = text.split(from).length - 1
    if (found !== 1)
      throw new Error(`'${name}': this text occurs ${found} times in ${file}: ${from}`)
    texts.set(
      file,
      text.replace(from, () => to),
    )
  }
  return texts
}
