/**
 * Writes the API reference to docs/reference, from the docstrings of what the package exports. A
 * warning is an error: a name without a docstring, a link that leads nowhere, a type that the
 * public API speaks of and does not export.
 */
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { commandOrExit } from '../command-line/program.ts'

commandOrExit({
  command: 'npm run reference --',
  about: 'Writes the API reference to docs/reference.',
  options: {},
})

// TypeDoc asks the compiler in JavaScript, which TypeScript 7 is not any more.
registerHooks({
  resolve: (specifier, context, next) => {
    return next(specifier === 'typescript' ? 'typescript-6' : specifier, context)
  },
})
const { Application } = await import('typedoc')

/**
 * Named by types that users see, and never written by them: what they infer from, and what only
 * heddle opens.
 */
const PRIVATE = [
  'AgentDefinition',
  'AgentSpec',
  'AnyType',
  'Committed',
  'ConfigOf',
  'DefinedAgent',
  'EventSchemas',
  'Handled',
  'KillPoint',
  'NoState',
  'Parameter',
  'PayloadOf',
  'Question',
  'ReplyOf',
  'ResourcesOf',
  'SavedAgents',
  'SavedManager',
  'SchemaInput',
  'SchemaOutput',
  'Schemas',
  'Table',
  'Uses',
]

process.chdir(fileURLToPath(new URL('../', import.meta.url)))
const app = await Application.bootstrap({
  name: 'heddle',
  entryPoints: ['src/index.ts', 'src/agentchat/index.ts', 'src/testing/index.ts'],
  tsconfig: 'tsconfig.build.json',
  out: 'docs/reference',
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  intentionallyNotExported: PRIVATE,
  validation: { invalidLink: true, notDocumented: true, notExported: true },
  requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  treatWarningsAsErrors: true,
})
const project = await app.convert()
if (project !== undefined) {
  app.validate(project)
  await app.generateOutputs(project)
}
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) {
  process.exitCode = 1
}
