/**
 * Says which Node heddle needs, before anything else can fail for lack of it. It is the first
 * import of each entry, and imports nothing itself. On an older Node, modules are linked before
 * this one runs, so nobody imports a name from Node that an older one lacks.
 */

/** As `engines` in package.json has it. */
const NEEDED = [22, 18] as const

/** What is wrong with this version of Node; undefined: nothing. */
export function problemWith(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [neededMajor, neededMinor] = NEEDED
  const isEnough = major > neededMajor || (major === neededMajor && minor >= neededMinor)
  if (isEnough) return undefined
  return `heddle needs Node ${NEEDED.join('.')} or later, and this is Node ${version}`
}

const problem = problemWith(process.versions.node)
if (problem !== undefined) throw new Error(problem)
