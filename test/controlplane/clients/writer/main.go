// Command writer does what a list of steps says with the clients of client-go, and tells what they returned, so that
// tests can compare the same steps on two clusters.
//
//	writer -kubeconfig FILE < steps.json
//
// Standard input is a JSON array of steps (see type step). For each step one line of JSON is printed (see type result);
// a step that fails does not end the program, the next one is done.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// stepTimeout bounds one step; a watch that sees too few events ends with it.
const stepTimeout = 60 * time.Second

// result is what a step returned: an object, events of a watch, or an error.
type result struct {
	Step     int      `json:"step"`
	Object   any      `json:"object,omitempty"`
	Events   []event  `json:"events,omitempty"`
	Error    *failure `json:"error,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

type event struct {
	Type   string `json:"type"`
	Object any    `json:"object"`
}

// failure is the Status of an answer; code 0 means that there was no answer.
type failure struct {
	Code    int32  `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	Details any    `json:"details,omitempty"`
}

// warnings keeps the Warning headers of the current step.
type warnings struct{ texts []string }

func (w *warnings) HandleWarningHeader(code int, _ string, text string) {
	if code == 299 {
		w.texts = append(w.texts, text)
	}
}

func (w *warnings) take() []string {
	texts := w.texts
	w.texts = nil
	return texts
}

func asFailure(err error) *failure {
	if err == nil {
		return nil
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		s := status.Status()
		return &failure{Code: s.Code, Reason: string(s.Reason), Message: s.Message, Details: s.Details}
	}
	return &failure{Message: err.Error()}
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	heard := &warnings{}
	config.WarningHandler = heard
	// Every step is one request: the limiter of the client must not slow races down.
	config.QPS = -1
	clients, err := newClients(rest.CopyConfig(config))
	if err != nil {
		klog.Fatal(err)
	}
	var steps []step
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&steps); err != nil {
		klog.Fatal(err)
	}
	results := make([]result, 0, len(steps))
	out := json.NewEncoder(os.Stdout)
	for index, s := range steps {
		one := run(clients, s, results)
		one.Step = index
		one.Warnings = heard.take()
		results = append(results, one)
		if err := out.Encode(one); err != nil {
			klog.Fatal(err)
		}
	}
}

func run(clients map[string]client, s step, earlier []result) result {
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	defer cancel()
	c, ok := clients[s.Client]
	if !ok {
		return result{Error: &failure{Message: fmt.Sprintf("no client %q", s.Client)}}
	}
	body, err := s.body(earlier)
	if err != nil {
		return result{Error: asFailure(err)}
	}
	if s.Verb == "watch" {
		events, err := s.follow(ctx, c, body)
		return result{Events: events, Error: asFailure(err)}
	}
	object, err := s.call(ctx, c, body)
	if err != nil {
		return result{Error: asFailure(err)}
	}
	return result{Object: object}
}
