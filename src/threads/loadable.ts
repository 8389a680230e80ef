/** Which agents a thread can load. */
import { INLINE_MODULE, type Registrable } from '../agents/agent-module.ts'
import { isTestFile, mainModule } from '../agents/main-module.ts'
import { HeddleError, problemOf } from '../errors.ts'

/** Refuses agents that no thread could load: at the call, and not on each lane. */
export function checkForThreads(agent: Registrable): void {
  const { type } = agent.kind === 'registration' ? agent : agent.spec
  const { config, module = '' } =
    agent.kind === 'reference'
      ? agent.spec
      : { config: agent.config, module: agent.definition.module }
  if (module === INLINE_MODULE) throw new HeddleError('HEDDLE_INLINE_TEAM', { agent: type })
  if (isTestFile(module)) {
    throw new HeddleError('HEDDLE_AGENT_IN_TEST_FILE', { agent: type, module })
  }
  // A user who names the program by `agentAt` does so on purpose, and may have made sure that its
  // lanes only define agents there.
  if (agent.kind === 'registration' && module === mainModule()) {
    throw new HeddleError('HEDDLE_AGENT_IN_MAIN', { agent: type, module })
  }
  try {
    structuredClone(config)
  } catch (cause) {
    const fields = { agent: type, problem: problemOf(cause) }
    throw new HeddleError('HEDDLE_CONFIG_NOT_CLONEABLE', fields, { cause })
  }
}
