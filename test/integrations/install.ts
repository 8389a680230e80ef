import { installPackages } from '../../command-line/package-folder.ts'
import { PACKAGE_FOLDERS } from '../../command-line/package-folders.ts'

export default async function install(): Promise<void> {
  for (const folder of PACKAGE_FOLDERS) await installPackages(folder)
}
