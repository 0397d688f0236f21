/** Every command of `zveno`, in the order of the help. */
import { createAccountCommand, disableAccountCommand, grantCommand, listAccountsCommand, passwordCommand } from './account-commands.ts';
import { listAddressesCommand, setAddressCommand } from './address-commands.ts';
import { backupCommand, moveCommand, restoreCommand } from './backup-commands.ts';
import { clearCommand } from './clear-command.ts';
import type { Command } from './command.ts';
import { applyCommand, checkCommand, diffCommand, exportCommand } from './configuration-commands.ts';
import { checkDraftsCommand, discardDraftCommand, listDraftsCommand, publishDraftsCommand, saveDraftCommand } from './draft-commands.ts';
import { compareVersionsCommand, listVersionsCommand, restoreVersionCommand } from './version-commands.ts';
import { applyDemoCommand, removeDemoCommand } from './demo-commands.ts';
import { listHiddenCommand, restoreHiddenCommand } from './hidden-commands.ts';
import { cancelJobCommand, listJobsCommand, resumeJobCommand, showJobCommand } from './job-commands.ts';
import { confirmInstanceCommand, showInstanceCommand } from './instance-commands.ts';
import { addToGroupCommand, grantRoleCommand, listGroupsCommand, listRolesCommand, removeFromGroupCommand, revokeRoleCommand, showGroupCommand, showRoleCommand } from './role-commands.ts';
import { cloneRoleCommand, deleteGroupCommand, deleteRoleCommand, mergeRolesCommand, restoreRoleCommand } from './role-change-commands.ts';
import { listSecretsCommand, rotateSecretsCommand, setSecretCommand } from './secret-commands.ts';
import { createTokenCommand, listTokensCommand, revokeTokenCommand } from './token-commands.ts';
import { startCommand } from './start-command.ts';

export const commands: readonly Command[] = [
  startCommand,
  applyCommand,
  diffCommand,
  checkCommand,
  exportCommand,
  saveDraftCommand,
  listDraftsCommand,
  checkDraftsCommand,
  publishDraftsCommand,
  discardDraftCommand,
  listVersionsCommand,
  compareVersionsCommand,
  restoreVersionCommand,
  listHiddenCommand,
  restoreHiddenCommand,
  setSecretCommand,
  listSecretsCommand,
  rotateSecretsCommand,
  setAddressCommand,
  listAddressesCommand,
  createAccountCommand,
  listAccountsCommand,
  grantCommand,
  listRolesCommand,
  showRoleCommand,
  grantRoleCommand,
  revokeRoleCommand,
  cloneRoleCommand,
  mergeRolesCommand,
  deleteRoleCommand,
  restoreRoleCommand,
  listGroupsCommand,
  showGroupCommand,
  addToGroupCommand,
  removeFromGroupCommand,
  deleteGroupCommand,
  passwordCommand,
  disableAccountCommand,
  createTokenCommand,
  listTokensCommand,
  revokeTokenCommand,
  clearCommand,
  listJobsCommand,
  showJobCommand,
  cancelJobCommand,
  resumeJobCommand,
  backupCommand,
  restoreCommand,
  moveCommand,
  showInstanceCommand,
  confirmInstanceCommand,
  applyDemoCommand,
  removeDemoCommand,
];
