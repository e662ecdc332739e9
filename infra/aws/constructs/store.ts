import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from '../../../functions/store/item-keys.ts';

interface StoreProps {
  /** Absent: the AWS-managed key. */
  readonly key: IKey | undefined;
  readonly keepData: boolean;
  /** A table that is there already, from an earlier deployment; absent: the stack makes one. */
  readonly existingTable: string | undefined;
}

/** Actions on any item of the table. No Scan, no Delete: nothing scans, and TTL ends items. */
type ItemAction = 'GetItem' | 'Query' | 'PutItem' | 'BatchGetItem';

/** Actions that may be allowed within named partitions. */
type ActionWithin = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem';

/** The one table. */
export class Store extends Construct {
  readonly table: Pick<ITable, 'tableName' | 'tableArn'>;

  constructor(scope: Construct, id: string, { key, keepData, existingTable }: StoreProps) {
    super(scope, id);
    this.table =
      existingTable === undefined
        ? this.newTable(key, keepData)
        : Table.fromTableName(this, 'ExistingTable', existingTable);
  }

  private newTable(key: IKey | undefined, keepData: boolean): Table {
    return new Table(this, 'Table', {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      timeToLiveAttribute: TTL_ATTRIBUTE,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...(key === undefined
        ? { encryption: TableEncryption.AWS_MANAGED }
        : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }),
      deletionProtection: keepData,
      removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  /** Allows exactly these actions on the table itself; it has no index. */
  grant(grantee: IGrantable, ...actions: ItemAction[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [this.table.tableArn],
      }),
    );
  }

  /** Allows these actions on the items of these partitions, and on no others. */
  grantWithin(
    grantee: IGrantable,
    partitions: readonly string[],
    ...actions: ActionWithin[]
  ): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [this.table.tableArn],
        conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': partitions } },
      }),
    );
  }
}
