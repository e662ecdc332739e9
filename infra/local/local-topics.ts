const TOPIC_ARN = 'arn:aws:sns:local:000000000000:hypervigil';

/** The topics of each severity on this machine, as the functions' environment has them. */
export const LOCAL_TOPICS = {
  TOPIC_ARN_CRITICAL: `${TOPIC_ARN}-critical`,
  TOPIC_ARN_WARNING: `${TOPIC_ARN}-warning`,
  TOPIC_ARN_INFO: `${TOPIC_ARN}-info`,
};
