-- What is registered at the clients of an account is found when it goes.
CREATE INDEX push_registrations_by_service ON push_registrations (service);
