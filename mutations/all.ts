/** All mutants, and what one makes of the sources. */
import { MUTANTS, type Mutant } from './mutants.ts'
import { ROUTER_MUTANTS } from './router-mutants.ts'
import { TEAM_MUTANTS } from './team-mutants.ts'
import { TURN_MUTANTS } from './turn-mutants.ts'

export const ALL: readonly Mutant[] = [
  ...MUTANTS,
  ...TURN_MUTANTS,
  ...ROUTER_MUTANTS,
  ...TEAM_MUTANTS,
]

/**
 * The files that a mutant changes, by path, as it leaves them. Throws when one of its texts is not
 * found exactly once.
 */
export function mutated(
  { edits, name }: Mutant,
  read: (file: string) => string,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const [file, from, to] of edits) {
    const text = texts.get(file) ?? read(file)
    const found = text.split(from).length - 1
    if (found !== 1) throw new Error(`'${name}' finds its text ${found} times in ${file}: ${from}`)
    texts.set(
      file,
      text.replace(from, () => to),
    )
  }
  return texts
}
